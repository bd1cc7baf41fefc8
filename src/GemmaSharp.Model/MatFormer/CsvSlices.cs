using System.Globalization;

namespace GemmaSharp.Model.MatFormer;

/// <summary>Reads the rows of a CSV table of slices (formats.md 17).</summary>
internal sealed class CsvSlices
{
    private const string NameColumn = "name";
    private const string WidthsColumn = "FFN Hidden Dims";
    private const string SkippedColumn = "Layers Skipped";
    private const string EffectiveColumn = "# Effective Params (B)";
    private const string AccuracyColumn = "MMLU PT accuracy";

    private readonly string _path;
    private readonly Dictionary<string, int> _columns = new(StringComparer.OrdinalIgnoreCase);

    private CsvSlices(string path, IReadOnlyList<string> titles)
    {
        _path = path;
        for (int column = 0; column < titles.Count; column++)
        {
            _columns.TryAdd(titles[column].Trim(), column);
        }

        foreach (string needed in (ReadOnlySpan<string>)[NameColumn, WidthsColumn, SkippedColumn])
        {
            if (!_columns.ContainsKey(needed))
            {
                throw new InvalidDataException($"{path}: line 1: the column '{needed}' is missing; found are '{string.Join("', '", titles)}'");
            }
        }
    }

    /// <summary>The rows in the file's order.</summary>
    /// <exception cref="InvalidDataException">The text is no CSV, or lacks a column or a name.</exception>
    public static IEnumerable<SliceRow> Read(string text, string path)
    {
        IReadOnlyList<CsvRow> rows = CsvRows.Read(text, path);
        CsvSlices slices = new(path, rows.Count > 0 ? rows[0].Fields : []);
        return rows.Skip(1).Select(row => new SliceRow(slices.Name(row), Place(row), () => slices.Read(row)));
    }

    private static string Place(CsvRow row) => string.Create(CultureInfo.InvariantCulture, $"line {row.Line}");

    private MatFormerSlice Read(CsvRow row) => new(Name(row), Parse(row, WidthsColumn, MatFormerSlice.ParseWidths), Parse(row, SkippedColumn, MatFormerSlice.ParseSkipped))
    {
        EffectiveBillions = double.TryParse(Field(row, EffectiveColumn), NumberStyles.Float, CultureInfo.InvariantCulture, out double billions) ? billions : null,
        Accuracy = Field(row, AccuracyColumn),
    };

    private string Name(CsvRow row) => Field(row, NameColumn) is { Length: > 0 } name ? name : throw Wrong(row, $"the row has no {NameColumn}");

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

    private InvalidDataException Wrong(CsvRow row, string what, Exception? cause = null) => new($"{_path}: {Place(row)}: {what}", cause);
}
