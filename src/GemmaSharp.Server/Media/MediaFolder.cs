using GemmaSharp.Server.Http;

namespace GemmaSharp.Server.Media;

/// <summary>Files below one folder; links that lead out of it are refused.</summary>
internal sealed class MediaFolder
{
    private readonly string _root;
    private readonly ServerLimits _limits;

    /// <exception cref="ArgumentException">There is no such folder.</exception>
    public MediaFolder(string path, ServerLimits limits)
    {
        if (!Directory.Exists(path))
        {
            throw new ArgumentException($"{path}: no such folder, one that holds pictures and sounds expected");
        }

        _root = Path.TrimEndingDirectorySeparator(Resolve(Path.GetFullPath(path))) + Path.DirectorySeparatorChar;
        _limits = limits;
    }

    /// <summary>The bytes of a file: address.</summary>
    public async Task<byte[]> ReadAsync(Uri address, string name, CancellationToken cancel)
    {
        string path = Path.GetFullPath(address.LocalPath);
        if (address.Host.Length > 0 || !path.StartsWith(_root, StringComparison.Ordinal))
        {
            throw Outside(name);
        }

        // What is opened is what was looked at: a link that is exchanged meanwhile changes the path of the open file.
        FileInfo file = new(path);
        if (!file.Exists || !Resolve(path).StartsWith(_root, StringComparison.Ordinal) || (file.Attributes & FileAttributes.Device) != 0)
        {
            throw Outside(name);
        }

        using FileStream stream = new(path, new FileStreamOptions { Options = FileOptions.Asynchronous });
        if (!stream.CanSeek || stream.Length > _limits.PartBytes || !Resolve(stream.Name).StartsWith(_root, StringComparison.Ordinal))
        {
            throw ApiException.Bad($"{name}: no file, or one of more than {_limits.PartBytes} bytes", name, "media_too_large");
        }

        byte[] data = new byte[stream.Length];
        await stream.ReadExactlyAsync(data, cancel).ConfigureAwait(false);
        return data;
    }

    private static ApiException Outside(string name) => ApiException.Bad($"{name}: no file below the folder that files are read from", name, "media_address_refused");

    // Every link on the way, not only the last.
    private static string Resolve(string path)
    {
        string resolved = Path.GetPathRoot(path) ?? "";
        foreach (string part in path[resolved.Length..].Split(Path.DirectorySeparatorChar, StringSplitOptions.RemoveEmptyEntries))
        {
            string next = Path.Combine(resolved, part);
            FileSystemInfo? target = new FileInfo(next).LinkTarget is null ? null : File.ResolveLinkTarget(next, returnFinalTarget: true);
            resolved = target is null ? next : Resolve(target.FullName);
        }

        return resolved;
    }
}
