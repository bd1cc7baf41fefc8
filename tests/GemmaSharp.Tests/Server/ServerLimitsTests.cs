using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using GemmaSharp.Server;

namespace GemmaSharp.Tests.Server;

/// <summary>Every bound of a request has its error, which names what is too much and the bound.</summary>
public sealed class ServerLimitsTests
{
    private const string Path = "/v1/chat/completions";

    [Theory]
    [InlineData("messages", "messages", "at most 2")]
    [InlineData("parts", "messages", "at most 0")]
    [InlineData("tokens", "max_completion_tokens", "at most 5")]
    [InlineData("olderTokens", "max_tokens", "at most 5")]
    [InlineData("choices", "n", "1 to 2")]
    [InlineData("tools", "tools", "at most 0")]
    [InlineData("toolBytes", "tools", "at most 3")]
    [InlineData("schema", "response_format.json_schema.schema", "at most 10")]
    public async Task Post_BeyondALimit_NamesFieldAndLimit(string limit, string parameter, string reason)
    {
        await using ServerRun server = await ServerRun.StartAsync(options => options with { Limits = Limits(limit) });
        JsonObject chat = limit == "parts" ? ServerRun.ChatAbout("scene-0.png", "x") : ServerRun.Chat("x");
        foreach ((string name, JsonNode? value) in JsonNode.Parse(Fields(limit))!.AsObject())
        {
            chat[name] = value?.DeepClone();
        }

        JsonElement error = await server.RefusedAsync(Path, chat.ToJsonString());

        Assert.Equal(parameter, error.GetProperty("param").GetString());
        Assert.Contains(reason, error.GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Post_PartBeyondItsBytes_TooLarge()
    {
        await using ServerRun server = await ServerRun.StartAsync(options => options with { Limits = options.Limits with { PartBytes = 1024 } });

        JsonElement error = await server.RefusedAsync(Path, ServerRun.ChatAbout("speech-0.wav", "x").ToJsonString(), HttpStatusCode.RequestEntityTooLarge);

        Assert.Equal("media_too_large", error.GetProperty("code").GetString());
        Assert.Contains("1024 bytes", error.GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("scene-0.png", "pixels")]
    [InlineData("speech-0.wav", "seconds")]
    public async Task Post_PixelsOrSecondsBeyondTheLimit_TooLarge(string file, string unit)
    {
        using GemmaEngine engine = GemmaEngine.Load(Fixture.Pocket(), new EngineOptions { MaxImagePixels = 100, MaxAudioSeconds = 1 });
        await using ServerRun server = await ServerRun.StartAsync(Task.FromResult(engine), null, warm: true);

        JsonElement error = await server.RefusedAsync(Path, ServerRun.ChatAbout(file, "x").ToJsonString());

        Assert.Equal("media_too_large", error.GetProperty("code").GetString());
        Assert.Contains(unit, error.GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    private static ServerLimits Limits(string limit) => limit switch
    {
        "messages" => new() { Messages = 2 },
        "parts" => new() { MediaParts = 0 },
        "tokens" or "olderTokens" => new() { Tokens = 5 },
        "choices" => new() { Choices = 2 },
        "tools" => new() { Tools = 0 },
        "toolBytes" => new() { ToolBytes = 3 },
        _ => new() { SchemaBytes = 10 },
    };

    private static string Fields(string limit) => limit switch
    {
        "messages" => """{"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}, {"role": "user", "content": "c"}]}""",
        "tokens" => """{"max_completion_tokens": 6}""",
        "olderTokens" => """{"max_tokens": 6}""",
        "choices" => """{"n": 3}""",
        "tools" or "toolBytes" => """{"tools": [{"type": "function", "function": {"name": "paint"}}]}""",
        "schema" => """{"response_format": {"type": "json_schema", "json_schema": {"name": "x", "schema": {"type": "object"}}}}""",
        _ => "{}",
    };
}
