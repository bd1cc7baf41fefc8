using System.Globalization;
using GemmaSharp.Weights;

namespace GemmaSharp.Model.MatFormer;

/// <summary>
/// The slices that a CSV file lists (formats.md 17). A row is read when it is asked for, so that a malformed one does not hide the others;
/// whether a slice fits a parent is not decided here.
/// </summary>
public sealed class MatFormerTable
{
    private const int MaxBytes = 1 << 20;
    private const string NameColumn = "name";
    private const string WidthsColumn = "FFN Hidden Dims";
    private const string SkippedColumn = "Layers Skipped";
    private const string EffectiveColumn = "# Effective Params (B)";
    private const string AccuracyColumn = "MMLU PT accuracy";

    private readonly Dictionary<string, int> _columns;
    private readonly OrderedDictionary<string, CsvRow> _rows = [];

    private MatFormerTable(string path, IReadOnlyList<CsvRow> rows)
    {
        Path = path;
        _columns = Columns(path, rows);
        foreach (CsvRow row in rows.Skip(1))
        {
            string name = Field(row, NameColumn);
            if (name.Length == 0)
            {
                throw Wrong(row, $"the row has no {NameColumn}");
            }

            if (!_rows.TryAdd(name, row))
            {
                throw Wrong(row, $"'{name}' stands on line {_rows[name].Line} already");
            }
        }
    }

    /// <summary>Where it was read from.</summary>
    public string Path { get; }

    /// <summary>Names of the slices, in the file's order.</summary>
    public IReadOnlyList<string> Names => _rows.Keys;

    /// <summary>Reads a table.</summary>
    /// <exception cref="InvalidDataException">The file cannot be read, is no CSV, lacks a column, or names a slice twice.</exception>
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
        if (!_rows.TryGetValue(name, out CsvRow? row))
        {
            string nearest = string.Concat(NameDistance.Nearest(name, Names, 1).Select(one => $"; nearest is '{one}'"));
            throw new InvalidDataException($"{Path}: lists no slice '{name}'{nearest}; it lists {string.Join(", ", Names.Select(one => $"'{one}'"))}");
        }

        return new MatFormerSlice(name, Parse(row, WidthsColumn, MatFormerSlice.ParseWidths), Parse(row, SkippedColumn, MatFormerSlice.ParseSkipped))
        {
            EffectiveBillions = double.TryParse(Field(row, EffectiveColumn), NumberStyles.Float, CultureInfo.InvariantCulture, out double billions) ? billions : null,
            Accuracy = Field(row, AccuracyColumn),
        };
    }

    internal static MatFormerTable Parse(string text, string path) => new(path, CsvRows.Read(text, path));

    private static Dictionary<string, int> Columns(string path, IReadOnlyList<CsvRow> rows)
    {
        Dictionary<string, int> columns = new(StringComparer.OrdinalIgnoreCase);
        IReadOnlyList<string> titles = rows.Count > 0 ? rows[0].Fields : [];
        for (int column = 0; column < titles.Count; column++)
        {
            columns.TryAdd(titles[column].Trim(), column);
        }

        foreach (string needed in (ReadOnlySpan<string>)[NameColumn, WidthsColumn, SkippedColumn])
        {
            if (!columns.ContainsKey(needed))
            {
                throw new InvalidDataException($"{path}: line 1: the column '{needed}' is missing; found are '{string.Join("', '", titles)}'");
            }
        }

        return columns;
    }

    // A row may leave out empty fields at its end.
    private string Field(CsvRow row, string column) =>
        _columns.TryGetValue(column, out int at) && at < row.Fields.Count ? row.Fields[at].Trim() : "";

    private int[] Parse(CsvRow row, string column, Func<string, int[]> parse)
    {
        try
        {
            return parse(Field(row, column));
        }
        catch (FormatException error)
        {
            throw Wrong(row, $"'{Field(row, NameColumn)}', {column}: {error.Message}", error);
        }
    }

    private InvalidDataException Wrong(CsvRow row, string what, Exception? cause = null) => new($"{Path}: line {row.Line}: {what}", cause);
}
