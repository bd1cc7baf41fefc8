using GemmaSharp.Weights;

namespace GemmaSharp.Model.MatFormer;

/// <summary>
/// The slices that a file lists, CSV (formats.md 17) or JSON. A row is read when it is asked for, so that a malformed one does not hide the
/// others; whether a slice fits a parent is not decided here.
/// </summary>
public sealed class MatFormerTable
{
    private const int MaxBytes = 1 << 20;
    private readonly OrderedDictionary<string, SliceRow> _rows = [];

    private MatFormerTable(string path, IEnumerable<SliceRow> rows)
    {
        Path = path;
        foreach (SliceRow row in rows)
        {
            if (!_rows.TryAdd(row.Name, row))
            {
                throw new InvalidDataException($"{path}: {row.Place}: '{row.Name}' stands on {_rows[row.Name].Place} already");
            }
        }
    }

    /// <summary>Where it was read from.</summary>
    public string Path { get; }

    /// <summary>Names of the slices, in the file's order.</summary>
    public IReadOnlyList<string> Names => _rows.Keys;

    /// <summary>Reads a table.</summary>
    /// <exception cref="InvalidDataException">The file cannot be read, is neither CSV nor JSON, lacks a column, or names a slice twice.</exception>
    public static MatFormerTable Read(string path)
    {
        try
        {
            return new FileInfo(path).Length <= MaxBytes
                ? Parse(File.ReadAllText(path), path)
                : throw new InvalidDataException($"{path}: longer than {MaxBytes} bytes, too long for a table of slices");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new InvalidDataException($"{path}: cannot be read: {error.Message.ReplaceLineEndings(" ")}", error);
        }
    }

    /// <summary>The slice of exactly that name.</summary>
    /// <exception cref="InvalidDataException">There is none, or its row is malformed; one line says where.</exception>
    public MatFormerSlice Find(string name)
    {
        if (_rows.TryGetValue(name, out SliceRow? row))
        {
            return row.Read();
        }

        string nearest = string.Concat(NameDistance.Nearest(name, Names, 1).Select(one => $"; nearest is '{one}'"));
        throw new InvalidDataException($"{Path}: lists no slice '{name}'{nearest}; it lists {string.Join(", ", Names.Select(one => $"'{one}'"))}");
    }

    internal static MatFormerTable Parse(string text, string path)
    {
        bool isJson = path.EndsWith(".json", StringComparison.OrdinalIgnoreCase) || text.TrimStart() is ['[' or '{', ..];
        return new MatFormerTable(path, isJson ? JsonSlices.Read(text, path) : CsvSlices.Read(text, path));
    }
}
