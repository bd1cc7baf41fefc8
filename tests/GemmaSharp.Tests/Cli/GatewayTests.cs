using System.Diagnostics;

namespace GemmaSharp.Tests.Cli;

/// <summary>The gateway as a process of its own: begins, says that nobody is there, ends by a signal, and refuses what is not safe.</summary>
public sealed class GatewayTests
{
    [Fact]
    public async Task Gateway_UntilItIsEnded_AnswersAndLeavesWithZero()
    {
        using Process process = CliProgram.Start([.. CliProgram.Command, "gateway", "--port", "0", "--replica", "http://127.0.0.1:1"]);
        string line = await process.StandardError.ReadLineAsync() ?? "";
        string address = line.Split(' ').First(word => word.StartsWith("http://", StringComparison.Ordinal)).TrimEnd(';');

        using HttpClient client = new() { BaseAddress = new Uri(address) };
        Assert.Contains("no replica can answer now", await (await client.GetAsync("/v1/models")).Content.ReadAsStringAsync(), StringComparison.Ordinal);
        using Process kill = Process.Start("kill", ["-TERM", $"{process.Id}"]);
        await process.WaitForExitAsync();

        Assert.Equal(0, process.ExitCode);
    }

    [Theory]
    [InlineData("--host", "0.0.0.0", "an API key is needed")]
    [InlineData("--replica", "127.0.0.1:8080", "http://HOST:PORT or https://HOST:PORT expected")]
    [InlineData("--replica-file", "/no/such/file", "/no/such/file")]
    [InlineData("--replica-api-key-file", "/dev/null", "no key found, one expected")]
    [InlineData("--check-seconds", "0", "from 0.05 to 600 expected")]
    [InlineData("--max-connections", "1", "no replica to hand requests to")]
    public async Task Gateway_OptionThatIsNotSafeOrWrong_OneLine(string option, string value, string reason)
    {
        CliResult result = await CliProgram.RunAsync("gateway", "--port", "0", option, value);

        Assert.Contains(reason, result.Refusal(), StringComparison.Ordinal);
    }
}
