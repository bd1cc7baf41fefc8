namespace GemmaSharp.Hub;

/// <summary>A repository in the cache.</summary>
/// <param name="Repository">OWNER/REPO.</param>
/// <param name="Files">Files of the newest snapshot, with forward slashes.</param>
/// <param name="Bytes">Bytes of all its blobs on disk, unfinished ones included.</param>
/// <param name="Folder">Its folder.</param>
public sealed record CachedRepository(string Repository, IReadOnlyList<string> Files, long Bytes, string Folder);

/// <summary>The hub's cache in its standard layout: blobs by hash, a snapshot of links per commit, refs to commits.</summary>
public sealed class HubCache(string folder)
{
    private const string Prefix = "models--";
    private const string Separator = "--";

    /// <summary>All repositories, by name.</summary>
    public IReadOnlyList<CachedRepository> List()
    {
        if (!Directory.Exists(folder))
        {
            return [];
        }

        return
        [
            .. Directory.EnumerateDirectories(folder, Prefix + "*")
                .Select(one => new HubReference(Path.GetFileName(one)[Prefix.Length..].Replace(Separator, "/", StringComparison.Ordinal), null))
                .Where(one => one.Repository.Count(letter => letter == '/') == 1)
                .Select(one => new CachedRepository(one.Repository, Files(one), Size(Blobs(one)), RepositoryFolder(one)))
                .OrderBy(one => one.Repository, StringComparer.Ordinal),
        ];
    }

    /// <summary>Deletes a repository and what was begun of it.</summary>
    /// <exception cref="HubException">It is not in the cache.</exception>
    public void Remove(HubReference reference)
    {
        string target = RepositoryFolder(reference);
        if (!Directory.Exists(target))
        {
            throw new HubException($"{reference.Repository} is not in the cache {folder}");
        }

        Directory.Delete(target, recursive: true);
        string locks = LockFolder(reference);
        if (Directory.Exists(locks))
        {
            Directory.Delete(locks, recursive: true);
        }
    }

    /// <summary>The folder of the snapshot that the reference's branch points to, or null.</summary>
    public string? Snapshot(HubReference reference)
    {
        string pointer = Path.Combine(RepositoryFolder(reference), "refs", HubReference.Revision);
        string commit = File.Exists(pointer) ? File.ReadAllText(pointer).Trim() : "";
        string snapshot = Path.Combine(RepositoryFolder(reference), "snapshots", commit);
        return HubNames.IsHash(commit) && Directory.Exists(snapshot) ? snapshot : null;
    }

    /// <summary>Names of the files in the current snapshot whose blobs are there.</summary>
    public IReadOnlyList<string> Files(HubReference reference) => Snapshot(reference) is string snapshot
        ?
        [
            .. Directory.EnumerateFiles(snapshot, "*", SearchOption.AllDirectories)
                .Where(File.Exists)
                .Select(file => Path.GetRelativePath(snapshot, file).Replace(Path.DirectorySeparatorChar, '/'))
                .Order(StringComparer.Ordinal),
        ]
        : [];

    /// <summary>Where a file stands once it is complete.</summary>
    internal string SnapshotPath(HubReference reference, HubFile file) =>
        Path.Combine([RepositoryFolder(reference), "snapshots", file.Commit, .. file.Name.Split('/')]);

    internal string Blob(HubReference reference, HubFile file) => Path.Combine(Blobs(reference), file.Etag);

    internal string LockFile(HubReference reference, HubFile file) => Path.Combine(LockFolder(reference), file.Etag + ".lock");

    /// <summary>Points the branch at a commit.</summary>
    internal void WriteRef(HubReference reference, string commit)
    {
        string pointer = Path.Combine(RepositoryFolder(reference), "refs", HubReference.Revision);
        Directory.CreateDirectory(Path.GetDirectoryName(pointer) ?? folder);
        string temporary = $"{pointer}.{Guid.NewGuid():N}";
        File.WriteAllText(temporary, commit);
        File.Move(temporary, pointer, overwrite: true);
    }

    /// <summary>Makes a snapshot's file of a complete blob: a relative link, or a copy where links cannot be made.</summary>
    internal void Link(HubReference reference, HubFile file)
    {
        string path = SnapshotPath(reference, file), blob = Blob(reference, file), parent = Path.GetDirectoryName(path) ?? folder;
        if (File.Exists(path))
        {
            return;
        }

        Directory.CreateDirectory(parent);
        File.Delete(path); // a link whose blob is gone
        try
        {
            File.CreateSymbolicLink(path, Path.GetRelativePath(parent, blob));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or PlatformNotSupportedException)
        {
            File.Copy(blob, path, overwrite: true);
        }
    }

    private static long Size(string blobs) => Directory.Exists(blobs) ? new DirectoryInfo(blobs).EnumerateFiles().Sum(file => file.Length) : 0;

    private string RepositoryFolder(HubReference reference) => Path.Combine(folder, reference.FolderName);

    private string Blobs(HubReference reference) => Path.Combine(RepositoryFolder(reference), "blobs");

    private string LockFolder(HubReference reference) => Path.Combine(folder, ".locks", reference.FolderName);
}
