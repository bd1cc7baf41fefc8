using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace GemmaSharp.Tests.Cli;

/// <summary>The server as a process of its own: begins, answers, ends by a signal, and refuses what is not safe.</summary>
public sealed class ServeTests
{
    [Fact]
    public async Task Serve_UntilItIsEnded_AnswersAndLeavesWithZero()
    {
        using ServeProcess server = await ServeProcess.StartAsync(["--alias", "mine"]);

        Assert.Contains("\"mine\"", await server.Client.GetStringAsync("/v1/models"), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await server.Client.GetAsync("/ready")).StatusCode);
        Assert.Equal(0, await server.EndAsync());
    }

    [Fact]
    public async Task Serve_WithoutFfmpeg_CompressedSoundIsAnErrorThatSaysSo()
    {
        using ServeProcess server = await ServeProcess.StartAsync([], new Dictionary<string, string> { ["PATH"] = "/nowhere" });
        byte[] mp3 = await File.ReadAllBytesAsync(Fixture.Path("AudioClips", "speech.mp3"));
        using MultipartFormDataContent form = new() { { new ByteArrayContent(mp3), "file", "speech.mp3" } };
        string part = $$$"""{"type": "input_audio", "input_audio": {"data": "{{{Convert.ToBase64String(mp3)}}}", "format": "mp3"}}""";
        using StringContent chat = new($$$"""{"messages": [{"role": "user", "content": [{{{part}}}, {"type": "text", "text": "x"}]}]}""", Encoding.UTF8, "application/json");

        using HttpResponseMessage heard = await server.Client.PostAsync("/v1/audio/transcriptions", form), answered = await server.Client.PostAsync("/v1/chat/completions", chat);

        foreach (HttpResponseMessage response in (HttpResponseMessage[])[heard, answered])
        {
            JsonElement error = JsonElement.Parse(await response.Content.ReadAsStringAsync()).GetProperty("error");
            Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
            Assert.Contains("needs the ffmpeg program, which is not installed", error.GetProperty("message").GetString(), StringComparison.Ordinal);
            Assert.Equal("invalid_media", error.GetProperty("code").GetString());
        }
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
    [InlineData("--max-schema-bytes", "-1", "from 0 to 16777216 expected")]
    [InlineData("--idle-unload", "0", "from 1 to 100000 expected")]
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
