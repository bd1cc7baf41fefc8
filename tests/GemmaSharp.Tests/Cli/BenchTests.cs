using System.Text.Json;

namespace GemmaSharp.Tests.Cli;

/// <summary>The benchmark as a user runs it, on the pocket model.</summary>
public sealed class BenchTests
{
    [Fact]
    public async Task Bench_Json_OneArrayOfRows()
    {
        CliResult result = await CliProgram.RunAsync("bench", "-m", Fixture.Pocket(), "-p", "16", "-n", "4", "-d", "0,32", "-t", "1,2", "-r", "2", "--image", "--audio", "--json");

        using JsonDocument document = JsonDocument.Parse(result.Answer());
        JsonElement[] rows = [.. document.RootElement.EnumerateArray()];
        string[] each = ["load", "pp16 0", "tg4 0", "pp16 32", "tg4 32", "image", "audio", "bandwidth"];
        Assert.Equal(
            [.. each.Select(test => $"{test} of 1"), .. each.Select(test => $"{test} of 2"), "memory of "],
            rows.Select(row => $"{Text(row, "test")}{(row.TryGetProperty("depth", out JsonElement depth) ? $" {depth}" : "")} of {Text(row, "threads")}"));
        Assert.All(rows.Where(row => row.TryGetProperty("median", out _)), row =>
        {
            Assert.InRange(Number(row, "min"), double.Epsilon, Number(row, "median"));
            Assert.InRange(Number(row, "max"), Number(row, "median"), double.MaxValue);
        });
        Assert.All(rows.Where(row => Text(row, "test") is "load" or "image" or "audio"), row => Assert.InRange(Number(row, "seconds"), double.Epsilon, 100));
        Assert.All(rows.Where(row => Text(row, "test") == "tg4"), row => Assert.InRange(Number(row, "bytes_per_token"), 1e6, 1e8));
        Assert.InRange(Number(rows[^1], "peak_rss_bytes"), 1e7, 4e9);
    }

    [Fact]
    public async Task Bench_RequestSlice_ItsOwnRowsWithFewerBytes()
    {
        CliResult result = await CliProgram.RunAsync("bench", "-m", Fixture.Pocket(), "-p", "16", "-n", "4", "-t", "1", "-r", "2", "--request-slice", "Config for half width", "--json");

        using JsonDocument document = JsonDocument.Parse(result.Answer());
        JsonElement[] rows = [.. document.RootElement.EnumerateArray()];
        Assert.Equal(
            ["load", "pp16", "tg4", "switch of half", "pp16 of half", "tg4 of half", "bandwidth", "memory"],
            rows.Select(row => Text(row, "test") + (row.TryGetProperty("slice", out JsonElement slice) && slice.GetString() == "Config for half width" ? " of half" : "")));
        Assert.InRange(Number(rows[5], "bytes_per_token"), 1e5, Number(rows[2], "bytes_per_token") - 1);
    }

    [Theory]
    [InlineData("--csv", "test,threads,")]
    [InlineData("--md", "| test | threads | depth | min | median | max | unit | beside |")]
    [InlineData("-r", "test")]
    public async Task Bench_OtherFormats_RowsOfWhatWasAskedFor(string format, string head)
    {
        CliResult result = await CliProgram.RunAsync(["bench", "-m", Fixture.Pocket(), "-p", "16", "-n", "0", "-t", "1", .. format == "-r" ? (string[])["-r", "1"] : ["-r", "1", format]]);

        Assert.Contains(head, result.Answer(), StringComparison.Ordinal);
        Assert.Contains("pp16", result.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("tg", result.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--n-prompt: '12,x' found, whole numbers from 0", "-p", "12,x")]
    [InlineData("--threads: '1,-2' found, whole numbers from 0 to 1024", "-t", "1,-2")]
    [InlineData("--json and --md both name a format, one expected", "--json", "--md")]
    [InlineData("the tests need a context of 512 tokens, 100 found", "-c", "100", "-t", "1")]
    [InlineData("--repetitions: '0' found, a whole number from 1", "-r", "0")]
    public async Task Bench_BadArguments_OneLine(string expected, params string[] arguments)
    {
        CliResult result = await CliProgram.RunAsync(["bench", "-m", Fixture.Pocket(), .. arguments]);

        Assert.Contains(expected, result.Refusal(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Bench_NoEncoder_SaysWhatIsMissing()
    {
        CliResult result = await CliProgram.RunAsync("bench", "-m", Fixture.Path("Gguf", "deep-q4_0.gguf"), "--image");

        Assert.Contains("--image: the model was loaded without an image encoder", result.Refusal(), StringComparison.Ordinal);
    }

    private static string Text(JsonElement row, string name) => row.TryGetProperty(name, out JsonElement value) ? value.ToString() : "";

    private static double Number(JsonElement row, string name) => row.GetProperty(name).GetDouble();
}
