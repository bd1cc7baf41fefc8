using System.Diagnostics;
using System.Text.Json;

namespace GemmaSharp.Tests.Cli;

/// <summary>run with a grammar, a schema or a regular expression, in the arguments or in files.</summary>
public sealed class GrammarOptionTests
{
    private const string Schema = """{ "properties": { "shape": { "enum": ["star", "ring"] }, "count": { "type": "integer", "minimum": 1, "maximum": 9 } }, "required": ["shape", "count"] }""";

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Run_JsonSchema_AnswersJson(bool inFile)
    {
        string file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, Schema);

        (int exitCode, string output, _) = await RunAsync("--json-schema", inFile ? file : Schema);
        File.Delete(file);

        using JsonDocument answer = JsonDocument.Parse(output);
        Assert.Equal(0, exitCode);
        Assert.InRange(answer.RootElement.GetProperty("count").GetInt32(), 1, 9);
    }

    [Theory]
    [InlineData("--grammar", "root ::= \"colour: \" (\"red\" | \"blue\")", "^colour: (red|blue)\n$")]
    [InlineData("--regex", "[0-9]{3}-x", "^[0-9]{3}-x\n$")]
    public async Task Run_GrammarOrRegex_AnswersInItsForm(string option, string value, string expected)
    {
        (_, string output, _) = await RunAsync(option, value);

        Assert.Matches(expected, output);
    }

    [Theory]
    [InlineData("'not'", "--json-schema", "{\"not\":{}}")]
    [InlineData("no such file", "--grammar", "no-such-file.gbnf")]
    [InlineData("2 of --grammar, --json-schema and --regex", "--regex", "a", "--json-schema", "{}")]
    public async Task Run_BadGrammar_OneLineBeforeTheModelLoads(string says, params string[] arguments)
    {
        (int exitCode, string output, string errors) = await RunAsync(["-m", "no-such-model", .. arguments]);

        Assert.Equal((1, ""), (exitCode, output));
        Assert.Contains(says, errors, StringComparison.Ordinal);
    }

    private static async Task<(int ExitCode, string Output, string Errors)> RunAsync(params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "GemmaSharp.Cli.dll"), "run", "-p", "Name a shape.", .. arguments])
        {
            WorkingDirectory = Fixture.Repository, RedirectStandardOutput = true, RedirectStandardError = true,
        })!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, output.ReplaceLineEndings("\n"), await errors);
    }
}
