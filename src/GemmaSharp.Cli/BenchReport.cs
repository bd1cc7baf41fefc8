using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Spectre.Console;

namespace GemmaSharp.Cli;

/// <summary>Shows the rows of a benchmark: as they are, or as a table whose last column has what only some of them tell.</summary>
internal static class BenchReport
{
    private const double Megabyte = 1 << 20;
    private static readonly string[] Header = ["test", "threads", "depth", "min", "median", "max", "unit", "beside"];

    // What some rows tell beside their figures, in words.
    private static readonly (string Name, string Words)[] Told =
    [
        ("slice", "{0}"), ("first_token_seconds", "{0} s to the first token"), ("since_start_seconds", "{0} s since the program's start"), ("bytes_per_token", "{0} bytes a token"),
        ("bandwidth_share", "{0} of the bandwidth"), ("joules_per_token", "{0} J a token"), ("clip_seconds", "{0} s of sound"), ("times_real_time", "{0} times real time"),
    ];


    public static string Json(JsonArray rows) => rows.ToJsonString(new JsonSerializerOptions { WriteIndented = true });

    /// <summary>Every name that a row has, in the order in which they come.</summary>
    public static string Csv(JsonArray rows)
    {
        string[] names = [.. rows.OfType<JsonObject>().SelectMany(row => row.Select(pair => pair.Key)).Distinct()];
        return string.Join('\n', [string.Join(',', names), .. rows.OfType<JsonObject>().Select(row => string.Join(',', names.Select(name => row[name]?.ToString() ?? "")))]);
    }

    public static string Markdown(JsonArray rows) => string.Join(
        '\n', (string[])[Line(Header), Line(Array.ConvertAll(Header, _ => "---")), .. rows.OfType<JsonObject>().Select(row => Line(Cells(row)))]);

    public static Table Table(JsonArray rows)
    {
        Table table = new() { Border = TableBorder.Rounded };
        foreach (string name in Header)
        {
            TableColumn column = name == "beside" ? new(name) : new TableColumn(name).NoWrap();
            table.AddColumn(name is "threads" or "depth" or "min" or "median" or "max" ? column.RightAligned() : column);
        }

        foreach (JsonObject row in rows.OfType<JsonObject>())
        {
            table.AddRow([.. Cells(row).Select(Markup.Escape)]);
        }

        return table;
    }

    private static string[] Cells(JsonObject row)
    {
        (string min, string median, string max, string unit) = row.ContainsKey("peak_rss_bytes") ? ("", Number((long)row["peak_rss_bytes"]! / Megabyte), "", "MB")
            : row.ContainsKey("seconds") ? (Text(row, "seconds_min"), Text(row, "seconds"), Text(row, "seconds_max"), "s")
            : (Text(row, "min"), Text(row, "median"), Text(row, "max"), Text(row, "unit"));
        string beside = string.Join(", ", Told.Where(one => row.ContainsKey(one.Name)).Select(one => string.Format(CultureInfo.InvariantCulture, one.Words, row[one.Name])));
        return [Text(row, "test"), Text(row, "threads"), Text(row, "depth"), min, median, max, unit, beside];
    }

    private static string Line(string[] cells) => $"| {string.Join(" | ", cells)} |";

    private static string Text(JsonObject row, string name) => row[name]?.ToString() ?? "";

    private static string Number(double value) => value.ToString("F0", CultureInfo.InvariantCulture);
}
