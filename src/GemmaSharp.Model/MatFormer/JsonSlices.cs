using System.Globalization;
using System.Text.Json;
using GemmaSharp.Model.Config;

namespace GemmaSharp.Model.MatFormer;

/// <summary>
/// Reads the rows of a JSON table of slices: a list of objects, or an object with that list as "slices". A slice has "name",
/// "intermediate_size" (a width for every layer that stays) and perhaps "layers_skipped", "effective_billions" and "accuracy"; fields beside
/// them say nothing here.
/// </summary>
internal static class JsonSlices
{
    private const string List = "slices";
    private const string NameField = "name";
    private const string WidthsField = "intermediate_size";
    private const string SkippedField = "layers_skipped";
    private const int MostSlices = 10_000;
    private const double MostBillions = 1e6;
    private static readonly JsonDocumentOptions Options = new() { MaxDepth = 16, CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };

    /// <summary>The rows in the file's order.</summary>
    /// <exception cref="InvalidDataException">The text is no JSON, holds no list of slices, or one without a name.</exception>
    public static IEnumerable<SliceRow> Read(string text, string path)
    {
        // Rows are read later, so that the document must not go away with this method.
        JsonElement root = Parse(text, path);
        JsonElement[] rows = root.ValueKind switch
        {
            JsonValueKind.Array when root.GetArrayLength() <= MostSlices => [.. root.EnumerateArray()],
            JsonValueKind.Object => new JsonFields(root, path).Array(List, MostSlices) ?? throw new InvalidDataException($"{path}: {List} is missing, a list of slices expected"),
            _ => throw new InvalidDataException($"{path}: a list of at most {MostSlices} slices, or an object with one as {List}, expected"),
        };
        return rows.Select((row, index) =>
        {
            string place = string.Create(CultureInfo.InvariantCulture, $"slice {index + 1}");
            JsonFields fields = row.ValueKind == JsonValueKind.Object ? new JsonFields(row, $"{path}: {place}") : throw new InvalidDataException($"{path}: {place}: an object expected");
            string name = fields.Text(NameField) is { Length: > 0 } found ? found : throw fields.Error($"{NameField} is missing");
            return new SliceRow(name, place, () => Read(fields, name));
        });
    }

    private static MatFormerSlice Read(JsonFields fields, string name)
    {
        int[] widths = Whole(fields, WidthsField, 1, MatFormerSlice.MaxWidth) ?? throw fields.Error($"'{name}': {WidthsField} is missing, a width for every layer that stays expected");
        int[] skipped = Whole(fields, SkippedField, 0, MatFormerSlice.MaxLayers - 1) ?? [];
        try
        {
            return new MatFormerSlice(name, widths, MatFormerSlice.CheckedOnce(skipped))
            {
                EffectiveBillions = fields.Has("effective_billions") ? fields.Number("effective_billions", 0, 0, MostBillions) : null,
                Accuracy = fields.Text("accuracy") ?? "",
            };
        }
        catch (FormatException error)
        {
            throw new InvalidDataException(fields.Error($"'{name}', {SkippedField}: {error.Message}").Message, error);
        }
    }

    private static int[]? Whole(JsonFields fields, string name, int least, int most) =>
        fields.Array(name, MatFormerSlice.MaxLayers) is JsonElement[] values ? fields.Ints(name, values.Length, least, most) : null;

    private static JsonElement Parse(string text, string path)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(text, Options);
            return document.RootElement.Clone();
        }
        catch (JsonException error)
        {
            throw new InvalidDataException($"{path}: cannot be read: {error.Message.ReplaceLineEndings(" ")}", error);
        }
    }
}
