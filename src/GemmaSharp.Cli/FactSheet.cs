using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Spectre.Console;

namespace GemmaSharp.Cli;

/// <summary>Shows sections of facts: tables on a terminal, plain columns with two spaces between where output is piped.</summary>
internal sealed class FactSheet(TextWriter output, bool pretty)
{
    private const int LongestPlainList = 6;
    private const int MostRuns = 40;
    private const int LongestText = 400;

    /// <summary>Facts on stdout, as JSON or as a sheet.</summary>
    public static void Print(JsonObject facts, bool json)
    {
        if (!json)
        {
            new FactSheet(Console.Out, pretty: !Console.IsOutputRedirected).Write(facts);
            return;
        }

        using Stream output = Console.OpenStandardOutput();
        using (Utf8JsonWriter writer = new(output, new JsonWriterOptions { Indented = true }))
        {
            facts.WriteTo(writer);
        }

        output.WriteByte((byte)'\n');
    }

    public void Write(JsonObject facts)
    {
        foreach ((string name, JsonNode? content) in facts)
        {
            switch (content)
            {
                case JsonObject section:
                    Write(name, header: null, [.. section.Where(pair => pair.Value is not null).Select(pair => (string[])[OneLine(pair.Key), Text(pair.Value)])]);
                    break;
                case JsonArray rows:
                    string[] columns = rows is [JsonObject first, ..] ? [.. first.Select(pair => pair.Key)] : [];
                    Write(name, columns, [.. rows.OfType<JsonObject>().Select(row => (string[])[.. columns.Select(column => Text(row[column]))])]);
                    break;
                default:
                    output.WriteLine($"{name}  {Text(content)}\n");
                    break;
            }
        }
    }

    private void Write(string name, string[]? header, string[][] rows)
    {
        if (rows.Length == 0)
        {
            return;
        }

        if (pretty)
        {
            AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(output) }).Write(Boxed(name, header, rows));
        }
        else
        {
            WritePlain(name, header is null ? rows : [header, .. rows]);
        }
    }

    private static Table Boxed(string name, string[]? header, string[][] rows)
    {
        Table table = new() { Border = TableBorder.Rounded, Title = new TableTitle(Markup.Escape(name)), ShowHeaders = header is not null };
        for (int column = 0; column < rows[0].Length; column++)
        {
            TableColumn made = new(Markup.Escape(header?[column] ?? ""));
            bool numbers = header is not null && rows.All(row => row[column].All(letter => char.IsAsciiDigit(letter) || letter is ',' or '.'));
            table.AddColumn(numbers ? made.RightAligned() : made);
        }

        foreach (string[] row in rows)
        {
            table.AddRow([.. row.Select(Markup.Escape)]);
        }

        return table;
    }

    private void WritePlain(string name, string[][] rows)
    {
        int[] widths = [.. Enumerable.Range(0, rows[0].Length).Select(column => rows.Max(row => row[column].Length))];
        output.WriteLine($"# {name}");
        foreach (string[] row in rows)
        {
            output.WriteLine(string.Join("  ", row.Select((cell, column) => cell.PadRight(widths[column]))).TrimEnd());
        }

        output.WriteLine();
    }

    private string Text(JsonNode? value) => value switch
    {
        null => "",
        JsonArray { Count: > LongestPlainList } list => Runs([.. list.Select(Text)]),
        JsonArray list => $"[{string.Join(", ", list.Select(Text))}]",
        JsonValue number when pretty && number.GetValueKind() == JsonValueKind.Number && long.TryParse(number.ToJsonString(), out long whole) => whole.ToString("N0", CultureInfo.InvariantCulture),
        _ => OneLine(Short(value.ToString())),
    };

    // A template stands in metadata whole; JSON output has all of it.
    private static string Short(string text) => text.Length <= LongestText
        ? text
        : string.Create(CultureInfo.InvariantCulture, $"{text.AsSpan(0, LongestText)}... ({text.Length} characters)");

    // 0.95 x 10, 0 x 25: equal neighbours told once.
    private static string Runs(string[] values)
    {
        List<string> runs = [];
        for (int start = 0, end; start < values.Length; start = end)
        {
            end = start + 1;
            while (end < values.Length && values[end] == values[start])
            {
                end++;
            }

            runs.Add(end - start > 1 ? $"{values[start]} x {end - start}" : values[start]);
        }

        string more = runs.Count > MostRuns ? $", and {runs.Count - MostRuns} more" : "";
        return $"[{string.Join(", ", runs.Take(MostRuns))}{more}]";
    }

    // Names in a file may hold anything; what would move the cursor becomes a space.
    private static string OneLine(string text) => string.Concat(text.Select(letter => char.IsControl(letter) ? ' ' : letter));
}
