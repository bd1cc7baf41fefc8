using System.Net;
using System.Security.Cryptography;
using System.Text;

namespace GemmaSharp.Hub;

/// <summary>One file on its way into the cache.</summary>
internal sealed class HubDownload(HubHttp http, HubCache cache, HubReference reference, HubFile file)
{
    private const int PieceBytes = 1 << 20;
    private const int MaxBreaks = 8;
    private const int Sha1Digits = 40;
    private static readonly TimeSpan LockWait = TimeSpan.FromMilliseconds(500);

    private readonly string _blob = cache.Blob(reference, file);
    private readonly string _what = $"{reference.Repository}: {file.Name}";

    private string Incomplete => _blob + ".incomplete";

    /// <summary>Downloads or resumes, checks, and links into the snapshot.</summary>
    public async Task RunAsync(IProgress<HubProgress>? progress, CancellationToken cancel)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_blob) ?? ".");
        using FileStream gate = await LockAsync(cancel).ConfigureAwait(false);
        if (!File.Exists(_blob))
        {
            CheckRoom();
            await ReceiveAsync(progress, cancel).ConfigureAwait(false);
            await CheckAsync(cancel).ConfigureAwait(false);
            File.Move(Incomplete, _blob);
        }

        cache.Link(reference, file);
    }

    private async Task<FileStream> LockAsync(CancellationToken cancel)
    {
        string path = cache.LockFile(reference, file);
        Directory.CreateDirectory(Path.GetDirectoryName(path) ?? ".");
        while (true)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException)
            {
                await Task.Delay(LockWait, cancel).ConfigureAwait(false);
            }
        }
    }

    private void CheckRoom()
    {
        long missing = file.Size - Received();
        long free = new DriveInfo(Path.GetDirectoryName(Path.GetFullPath(_blob)) ?? "/").AvailableFreeSpace;
        if (missing > free)
        {
            throw new HubException($"{_what} needs {missing} more bytes in {Path.GetDirectoryName(_blob)}, {free} are free");
        }
    }

    private long Received() => File.Exists(Incomplete) ? new FileInfo(Incomplete).Length : 0;

    // A line that breaks is taken up again where it broke, as long as every try brings something.
    private async Task ReceiveAsync(IProgress<HubProgress>? progress, CancellationToken cancel)
    {
        int breaks = 0;
        while (true)
        {
            long before = Received();
            if (before > file.Size)
            {
                File.Delete(Incomplete);
                before = 0;
            }

            try
            {
                if (before < file.Size || file.Size == 0)
                {
                    await ReceivePartAsync(before, progress, cancel).ConfigureAwait(false);
                }

                if (Received() >= file.Size)
                {
                    return;
                }

                throw new HttpRequestException("the transfer ended early");
            }
            catch (Exception error) when (error is HttpRequestException or IOException && !cancel.IsCancellationRequested)
            {
                breaks = Received() > before ? 1 : breaks + 1;
                if (breaks >= MaxBreaks || error is IOException { InnerException: null } and not HttpIOException)
                {
                    throw new HubException($"{_what}: broke off at byte {Received()} of {file.Size}: {error.Message}; the next try goes on from there", error);
                }
            }
        }
    }

    private async Task ReceivePartAsync(long from, IProgress<HubProgress>? progress, CancellationToken cancel)
    {
        using HttpResponseMessage answer = await http.SendAsync(HttpMethod.Get, file.Location, _what, from, stayOnHost: false, cancel).ConfigureAwait(false);
        bool resumed = answer.StatusCode == HttpStatusCode.PartialContent && answer.Content.Headers.ContentRange?.From == from;
        using Stream body = await answer.Content.ReadAsStreamAsync(cancel).ConfigureAwait(false);
        using FileStream into = new(Incomplete, resumed ? FileMode.Append : FileMode.Create, FileAccess.Write, FileShare.Read);
        byte[] piece = new byte[PieceBytes];
        long received = resumed ? from : 0;
        int count;
        while ((count = await body.ReadAsync(piece, cancel).ConfigureAwait(false)) > 0)
        {
            received += count;
            if (received > file.Size)
            {
                throw new HubException($"{_what}: more than the {file.Size} bytes arrive that the hub announced");
            }

            await into.WriteAsync(piece.AsMemory(0, count), cancel).ConfigureAwait(false);
            progress?.Report(new HubProgress(file.Name, received, file.Size));
        }
    }

    // A large file's etag is its SHA-256, a small one's the SHA-1 of git's blob: "blob LENGTH\0" and the bytes.
    private async Task CheckAsync(CancellationToken cancel)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(file.Etag.Length == Sha1Digits ? HashAlgorithmName.SHA1 : HashAlgorithmName.SHA256);
        if (file.Etag.Length == Sha1Digits)
        {
            hash.AppendData(Encoding.ASCII.GetBytes($"blob {file.Size}\0"));
        }

        using (FileStream stream = new(Incomplete, FileMode.OpenOrCreate, FileAccess.Read))
        {
            byte[] piece = new byte[PieceBytes];
            int count;
            while ((count = await stream.ReadAsync(piece, cancel).ConfigureAwait(false)) > 0)
            {
                hash.AppendData(piece, 0, count);
            }
        }

        string found = Convert.ToHexStringLower(hash.GetHashAndReset());
        if (found != file.Etag)
        {
            File.Delete(Incomplete);
            throw new HubException($"{_what}: what arrived has the hash {found}, {file.Etag} expected; it was thrown away");
        }
    }
}
