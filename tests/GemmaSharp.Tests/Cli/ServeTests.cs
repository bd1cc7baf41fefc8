using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace GemmaSharp.Tests.Cli;

/// <summary>The server as a process of its own: begins, answers, ends by a signal, and refuses what is not safe.</summary>
public sealed class ServeTests
{
    [Fact]
    public async Task Serve_UntilItIsEnded_AnswersAndLeavesWithZero()
    {
        using Process process = CliProgram.Start([.. CliProgram.Command, "serve", "--port", "0", "--alias", "mine"]);
        string address = "";
        for (string? line = ""; line is not null && !line.EndsWith(": ready", StringComparison.Ordinal); line = await process.StandardError.ReadLineAsync())
        {
            address = line.Split(' ').FirstOrDefault(word => word.StartsWith("http://127.0.0.1:", StringComparison.Ordinal))?.TrimEnd(',') ?? address;
        }

        using HttpClient client = new() { BaseAddress = new Uri(address) };
        Assert.Contains("\"mine\"", await client.GetStringAsync("/v1/models"), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/ready")).StatusCode);
        using Process kill = Process.Start("kill", ["-TERM", $"{process.Id}"]);
        await process.WaitForExitAsync();

        Assert.Equal(0, process.ExitCode);
    }

    [Theory]
    [InlineData("--host", "0.0.0.0", "an API key is needed")]
    [InlineData("--host", "example.org", "an IP address or localhost expected")]
    [InlineData("--max-queue", "-1", "from 0 to 100000 expected")]
    [InlineData("--api-key", "two words", "an API key is empty or holds other than visible ASCII characters")]
    [InlineData("--tls-cert", "cert.pem", "TLS needs both")]
    [InlineData("--tool-format", "xml", "one of json, hermes expected")]
    [InlineData("--media-path", "/no/such/folder", "no such folder")]
    [InlineData("--max-concurrent", "0", "from 1 to 256 expected")]
    [InlineData("--api-key-file", "/no/such/file", "/no/such/file")]
    [InlineData("-m", "/no/such/model", "no such file or folder")]
    public async Task Serve_OptionThatIsNotSafeOrWrong_OneLine(string option, string value, string reason)
    {
        CliResult result = await CliProgram.RunAsync("serve", "--port", "0", option, value);

        Assert.Equal(1, result.ExitCode);
        Assert.Contains(reason, result.Errors.TrimEnd('\n').Split('\n')[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Serve_PortThatIsTaken_OneLine()
    {
        using TcpListener taken = new(IPAddress.Loopback, 0);
        taken.Start();

        CliResult result = await CliProgram.RunAsync("serve", "--port", $"{((IPEndPoint)taken.LocalEndpoint).Port}");

        Assert.Contains("already in use", result.Refusal(), StringComparison.Ordinal);
    }
}
