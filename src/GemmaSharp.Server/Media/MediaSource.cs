using System.Net;
using GemmaSharp.Server.Http;
using GemmaSharp.Server.Requests;

namespace GemmaSharp.Server.Media;

/// <summary>Bytes of pictures and sounds: from the request, from an address where that is allowed, from below one folder where there is one.</summary>
internal sealed class MediaSource(ServerOptions options) : IDisposable
{
    private readonly MediaFetch? _fetch = options.AllowMediaUrls ? new MediaFetch(options.Limits) : null;
    private readonly MediaFolder? _folder = options.MediaPath is string path ? new MediaFolder(path, options.Limits) : null;

    /// <summary>The part with its bytes.</summary>
    /// <exception cref="ApiException">Its address is not allowed, or gives nothing.</exception>
    public async Task<ContentPart> LoadAsync(PartRequest part, CancellationToken cancel)
    {
        if (part.Text is string text)
        {
            return ContentPart.Text(text);
        }

        byte[] data = part.Data ?? await ReadAsync(part, cancel).ConfigureAwait(false);
        return part.Kind == "image" ? ContentPart.Image(data, part.Path) : ContentPart.Audio(data, part.Path);
    }

    public void Dispose() => _fetch?.Dispose();

    private async Task<byte[]> ReadAsync(PartRequest part, CancellationToken cancel) => part.Address switch
    {
        { Scheme: "http" or "https" } web when _fetch is not null => await _fetch.ReadAsync(web, part.Path, cancel).ConfigureAwait(false),
        { Scheme: "http" or "https" } => throw Refused(part, "addresses are not fetched here (--allow-media-urls allows it)"),
        { Scheme: "file" } file when _folder is not null => await _folder.ReadAsync(file, part.Path, cancel).ConfigureAwait(false),
        { Scheme: "file" } => throw Refused(part, "files are not read here (--media-path names a folder for it)"),
        _ => throw Refused(part, "a data:, http:, https: or file: address expected"),
    };

    private static ApiException Refused(PartRequest part, string reason) =>
        new(HttpStatusCode.BadRequest, $"{part.Path}: {reason}") { Parameter = part.Path, Code = "media_address_refused" };
}
