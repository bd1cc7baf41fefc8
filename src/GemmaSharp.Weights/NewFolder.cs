namespace GemmaSharp.Weights;

/// <summary>Fills a folder under a temporary name beside its place and renames it when it is whole, so that a broken run leaves no half folder.</summary>
public static class NewFolder
{
    /// <param name="path">Where to; nothing or an empty folder may be there.</param>
    /// <param name="write">Fills the folder whose path it is given.</param>
    /// <exception cref="ArgumentException">Something is there already.</exception>
    /// <exception cref="WeightException">The parent is missing, may not be written or has no room.</exception>
    public static void Write(string path, Action<string> write)
    {
        string place = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        string parent = Path.GetDirectoryName(place) ?? place;
        if (File.Exists(place) || (Directory.Exists(place) && Directory.EnumerateFileSystemEntries(place).Any()))
        {
            throw new ArgumentException($"{path}: is there already and not empty; name a new folder");
        }

        if (!Directory.Exists(parent))
        {
            throw new WeightException($"{path}: cannot be written: there is no folder {parent}");
        }

        string temporary = Path.Combine(parent, $".{Path.GetFileName(place)}.{Guid.NewGuid():N}.part");
        try
        {
            Directory.CreateDirectory(temporary);
            write(temporary);
            if (Directory.Exists(place))
            {
                Directory.Delete(place);
            }

            Directory.Move(temporary, place);
        }
        catch (Exception error)
        {
            if (Directory.Exists(temporary))
            {
                Directory.Delete(temporary, recursive: true);
            }

            if (error is IOException or UnauthorizedAccessException)
            {
                throw new WeightException($"{path}: cannot be written: {error.Message.ReplaceLineEndings(" ")}", error);
            }

            throw;
        }
    }
}
