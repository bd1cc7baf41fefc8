namespace GemmaSharp.Weights;

/// <summary>Writes a file under a temporary name beside its place and renames it when it is whole, so that a broken run leaves no half file.</summary>
internal static class NewFile
{
    private const int BufferBytes = 1 << 20;

    /// <param name="path">Where to; an existing file stays until the new one is whole.</param>
    /// <param name="length">Bytes to come, asked of the disk before the first is written; 0 when unknown.</param>
    /// <param name="write">Writes them.</param>
    /// <exception cref="WeightException">The folder is missing, may not be written or has no room.</exception>
    public static void Write(string path, long length, Action<FileStream> write)
    {
        string folder = Path.GetDirectoryName(Path.GetFullPath(path)) ?? ".";
        string temporary = Path.Combine(folder, $".{Path.GetFileName(path)}.{Guid.NewGuid():N}.part");
        try
        {
            FileStreamOptions options = new() { Mode = FileMode.CreateNew, Access = FileAccess.Write, BufferSize = BufferBytes, PreallocationSize = length };
            using (FileStream stream = new(temporary, options))
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }

            File.Move(temporary, path, overwrite: true);
        }
        catch (Exception error)
        {
            if (File.Exists(temporary))
            {
                File.Delete(temporary);
            }

            if (error is IOException or UnauthorizedAccessException)
            {
                string why = error is DirectoryNotFoundException ? $"there is no folder {folder}" : error.Message.ReplaceLineEndings(" ");
                throw new WeightException($"{path}: cannot be written: {why}", error);
            }

            throw;
        }
    }
}
