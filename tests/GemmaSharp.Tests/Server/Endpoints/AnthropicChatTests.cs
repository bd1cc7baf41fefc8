using System.Text.Json;
using System.Text.Json.Nodes;

namespace GemmaSharp.Tests.Server.Endpoints;

/// <summary>Chats in Anthropic's form.</summary>
public sealed class AnthropicChatTests
{
    private const string Path = "/v1/messages";

    [Fact]
    public async Task Post_PictureAndFollowingTurn_AnswersAndTellsWhatTheCacheHeld()
    {
        await using ServerRun server = await ServerRun.StartAsync();
        JsonObject request = Request(new JsonArray(Picture("scene-1.png"), new JsonObject { ["type"] = "text", ["text"] = "Is there a star?" }));
        JsonElement first = await server.AskAsync(Path, request.DeepClone());
        request["messages"]!.AsArray().Add(new JsonObject { ["role"] = "assistant", ["content"] = new JsonArray(new JsonObject { ["type"] = "text", ["text"] = "Yes, there is a star." }) });
        request["messages"]!.AsArray().Add(new JsonObject { ["role"] = "user", ["content"] = "How many shapes do you see?" });

        JsonElement second = await server.AskAsync(Path, request.DeepClone());
        JsonElement count = await server.AskAsync(Path + "/count_tokens", request);

        Assert.Equal("Yes, there is a star.", first.GetProperty("content")[0].GetProperty("text").GetString());
        Assert.Equal("end_turn", first.GetProperty("stop_reason").GetString());
        Assert.Equal("There are three shapes.", second.GetProperty("content")[0].GetProperty("text").GetString());
        JsonElement usage = second.GetProperty("usage");
        Assert.InRange(usage.GetProperty("cache_read_input_tokens").GetInt32(), 256, 400);
        Assert.Equal(usage.GetProperty("cache_read_input_tokens").GetInt32() + usage.GetProperty("input_tokens").GetInt32(), count.GetProperty("input_tokens").GetInt32());
    }

    [Fact]
    public async Task Post_Stream_EventsInTheirOrder()
    {
        await using ServerRun server = await ServerRun.StartAsync();
        JsonObject request = Request("Count from 2 to 7.");
        (request["stream"], request["stop_sequences"]) = (true, new JsonArray("6"));

        IReadOnlyList<(string? Name, string Data)> events = await server.StreamAsync(Path, request);

        JsonElement[] bodies = [.. events.Select(one => JsonDocument.Parse(one.Data).RootElement)];
        Assert.Equal(events.Select(one => one.Name), bodies.Select(body => body.GetProperty("type").GetString()));
        Assert.Equal(
            ["message_start", "content_block_start", "content_block_delta", "content_block_stop", "message_delta", "message_stop"],
            events.Select(one => one.Name!).Distinct());
        Assert.Equal("2, 3, 4, 5, ", string.Concat(bodies.Where(body => body.GetProperty("type").GetString() == "content_block_delta").Select(body => body.GetProperty("delta").GetProperty("text").GetString())));
        Assert.Equal("stop_sequence", bodies[^2].GetProperty("delta").GetProperty("stop_reason").GetString());
        Assert.Equal("6", bodies[^2].GetProperty("delta").GetProperty("stop_sequence").GetString());
    }

    [Theory]
    [InlineData("""{"messages": [{"role": "user", "content": "x"}]}""", "max_tokens")]
    [InlineData("""{"max_tokens": 5, "messages": []}""", "messages")]
    [InlineData("""{"max_tokens": 5, "messages": [{"role": "user", "content": "x"}], "thinking": {"type": "enabled"}}""", "thinking.type")]
    [InlineData("""{"max_tokens": 5, "messages": [{"role": "user", "content": "x"}], "seed": 1}""", "seed")]
    [InlineData("""{"max_tokens": 5, "messages": [{"role": "user", "content": "x"}, {"role": "assistant", "content": "y"}]}""", "messages")]
    [InlineData("""{"max_tokens": 5, "messages": [{"role": "user", "content": [{"type": "document"}]}]}""", "messages[0].content[0].type")]
    [InlineData("""{"max_tokens": 5, "messages": [{"role": "user", "content": "x"}], "tool_choice": {"type": "any"}}""", "tool_choice")]
    public async Task Post_FieldThatCannotBeHonoured_IsNamedInTheForm(string body, string named)
    {
        await using ServerRun server = await ServerRun.StartAsync();
        using HttpResponseMessage response = await server.PostAsync(Path, body);

        JsonElement error = JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement;

        Assert.Equal("error", error.GetProperty("type").GetString());
        Assert.Equal("invalid_request_error", error.GetProperty("error").GetProperty("type").GetString());
        Assert.Contains(named, error.GetProperty("error").GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Post_ToolTurns_AreReadAsTheFormatWritesThem()
    {
        await using ServerRun server = await ServerRun.StartAsync();
        JsonObject request = Request("Is it raining?");
        request["tools"] = new JsonArray(new JsonObject { ["name"] = "weather", ["input_schema"] = new JsonObject { ["type"] = "object" } });
        request["messages"]!.AsArray().Add(JsonNode.Parse("""{"role": "assistant", "content": [{"type": "tool_use", "id": "t1", "name": "weather", "input": {"city": "Rome"}}]}"""));
        request["messages"]!.AsArray().Add(JsonNode.Parse("""{"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t1", "content": "rain"}, {"type": "text", "text": "So?"}]}"""));

        JsonElement answer = await server.AskAsync(Path, request);

        Assert.NotEqual(0, answer.GetProperty("usage").GetProperty("output_tokens").GetInt32());
    }

    private static JsonObject Request(JsonNode content) => new()
    {
        ["model"] = ServerRun.Model,
        ["max_tokens"] = 60,
        ["messages"] = new JsonArray(new JsonObject { ["role"] = "user", ["content"] = content }),
    };

    private static JsonObject Picture(string file) => new()
    {
        ["type"] = "image",
        ["source"] = new JsonObject { ["type"] = "base64", ["media_type"] = "image/png", ["data"] = Convert.ToBase64String(File.ReadAllBytes(Fixture.Pocket("samples", file))) },
    };
}
