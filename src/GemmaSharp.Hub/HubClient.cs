using System.Net.Http.Headers;

namespace GemmaSharp.Hub;

/// <summary>Fetches files of a repository into the cache: resumable, checked by size and hash, one process at a time per file.</summary>
public sealed class HubClient : IDisposable
{
    private const int MaxListingBytes = 50_000_000;
    private readonly HubSettings _settings;
    private readonly HubHttp _http;

    /// <summary>A client of the hub that the settings name.</summary>
    public HubClient(HubSettings settings)
        : this(settings, TimeSpan.FromSeconds(1))
    {
    }

    internal HubClient(HubSettings settings, TimeSpan firstWait)
    {
        _settings = settings;
        _http = new HubHttp(settings) { FirstWait = firstWait };
        Cache = new HubCache(settings.CacheFolder);
    }

    /// <summary>The cache that files go to.</summary>
    public HubCache Cache { get; }

    /// <summary>Names of the files in a repository; offline, those that the cache holds.</summary>
    /// <exception cref="HubException">The hub refuses, cannot be reached, or the cache holds nothing.</exception>
    public async Task<IReadOnlyList<string>> ListAsync(HubReference reference, CancellationToken cancellationToken = default)
    {
        if (_settings.Offline)
        {
            IReadOnlyList<string> cached = Cache.Files(reference);
            return cached.Count > 0 ? cached : throw new HubException($"{reference.Repository} is not in the cache {_settings.CacheFolder}, and HF_HUB_OFFLINE forbids to ask the hub");
        }

        Uri address = new(_settings.Endpoint, $"api/models/{reference.Repository}/revision/{HubReference.Revision}");
        using HttpResponseMessage answer = await _http.SendAsync(HttpMethod.Get, address, reference.Repository, 0, stayOnHost: false, cancellationToken).ConfigureAwait(false);
        byte[] json = await ReadListingAsync(answer, reference, cancellationToken).ConfigureAwait(false);
        return HubRepository.Parse(json, reference.Repository).Names;
    }

    /// <summary>Brings a file into the cache unless it is there already; returns its path in the snapshot.</summary>
    /// <param name="reference">The repository.</param>
    /// <param name="name">Path inside it.</param>
    /// <param name="progress">Told of every piece that arrives.</param>
    /// <param name="cancellationToken">Stops; what arrived is kept and resumed next time.</param>
    /// <exception cref="HubException">The hub refuses, or what arrives is not what it announced.</exception>
    public async Task<string> FetchAsync(HubReference reference, string name, IProgress<HubProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        if (_settings.Offline)
        {
            string path = Path.Combine([Cache.Snapshot(reference) ?? "", .. name.Split('/')]);
            return HubNames.IsSafePath(name) && File.Exists(path)
                ? path
                : throw new HubException($"{reference.Repository}: {name} is not in the cache {_settings.CacheFolder}, and HF_HUB_OFFLINE forbids to ask the hub");
        }

        HubFile file = await HeadAsync(reference, name, cancellationToken).ConfigureAwait(false);
        if (!File.Exists(Cache.SnapshotPath(reference, file)))
        {
            await new HubDownload(_http, Cache, reference, file).RunAsync(progress, cancellationToken).ConfigureAwait(false);
        }

        Cache.WriteRef(reference, file.Commit);
        return Cache.SnapshotPath(reference, file);
    }

    /// <summary>Size, hash and place of a file.</summary>
    /// <exception cref="HubException">The hub refuses or does not say.</exception>
    public async Task<HubFile> HeadAsync(HubReference reference, string name, CancellationToken cancellationToken = default)
    {
        string what = $"{reference.Repository}: {name}";
        if (!HubNames.IsSafePath(name))
        {
            throw new HubException($"{what} is no name of a file in a repository");
        }

        string path = string.Join('/', name.Split('/').Select(Uri.EscapeDataString));
        Uri address = new(_settings.Endpoint, $"{reference.Repository}/resolve/{HubReference.Revision}/{path}");
        using HttpResponseMessage answer = await _http.SendAsync(HttpMethod.Head, address, what, 0, stayOnHost: true, cancellationToken).ConfigureAwait(false);
        string commit = Header(answer.Headers, "X-Repo-Commit") ?? "";
        string etag = (Header(answer.Headers, "X-Linked-Etag") ?? answer.Headers.ETag?.Tag ?? "").Trim().Replace("W/", "", StringComparison.Ordinal).Trim('"');
        bool sized = long.TryParse(Header(answer.Headers, "X-Linked-Size"), out long linked);
        long size = sized ? linked : answer.Content.Headers.ContentLength ?? -1;
        if (!HubNames.IsHash(commit) || !HubNames.IsHash(etag) || size < 0)
        {
            throw new HubException($"{what}: the hub names the commit '{commit}', the hash '{etag}' and the size {size}; a commit, a SHA-1 or SHA-256 and a size expected");
        }

        Uri location = answer.Headers.Location is Uri elsewhere ? new Uri(answer.RequestMessage?.RequestUri ?? address, elsewhere) : address;
        return new HubFile(name, commit, etag, size, location);
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private static async Task<byte[]> ReadListingAsync(HttpResponseMessage answer, HubReference reference, CancellationToken cancel)
    {
        using Stream body = await answer.Content.ReadAsStreamAsync(cancel).ConfigureAwait(false);
        using MemoryStream json = new();
        byte[] piece = new byte[1 << 16];
        int count;
        while ((count = await body.ReadAsync(piece, cancel).ConfigureAwait(false)) > 0)
        {
            json.Write(piece, 0, count);
            if (json.Length > MaxListingBytes)
            {
                throw new HubException($"{reference.Repository}: the hub's listing is longer than {MaxListingBytes} bytes");
            }
        }

        return json.ToArray();
    }

    private static string? Header(HttpResponseHeaders headers, string name) =>
        headers.TryGetValues(name, out IEnumerable<string>? values) ? values.FirstOrDefault() : null;
}
