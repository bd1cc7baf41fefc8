namespace GemmaSharp.Hub;

/// <summary>A file of a repository at one commit.</summary>
/// <param name="Name">Path inside the repository, with forward slashes.</param>
/// <param name="Commit">The commit, in hex.</param>
/// <param name="Etag">SHA-256 of a large file, git's blob SHA-1 of a small one, in hex.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Location">Where its bytes are.</param>
public sealed record HubFile(string Name, string Commit, string Etag, long Size, Uri Location);

/// <summary>How far a download is.</summary>
/// <param name="Name">The file.</param>
/// <param name="Received">Bytes on disk.</param>
/// <param name="Size">Bytes in all.</param>
public readonly record struct HubProgress(string Name, long Received, long Size);
