using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace GemmaSharp.Tests.Server.Endpoints;

/// <summary>Responses: made, streamed, followed, kept, forgotten.</summary>
public sealed class ResponsesTests
{
    private const string Path = "/v1/responses";

    [Fact]
    public async Task Post_ThenFollow_GoesOnWithTheConversation()
    {
        await using ServerRun server = await ServerRun.StartAsync();
        string picture = Convert.ToBase64String(File.ReadAllBytes(Fixture.Pocket("samples", "scene-1.png")));
        JsonElement first = await server.AskAsync(Path, new JsonObject
        {
            ["input"] = new JsonArray(new JsonObject
            {
                ["role"] = "user",
                ["content"] = new JsonArray(
                    new JsonObject { ["type"] = "input_image", ["image_url"] = $"data:image/png;base64,{picture}" },
                    new JsonObject { ["type"] = "input_text", ["text"] = "Is there a star?" }),
            }),
        });
        string id = first.GetProperty("id").GetString()!;

        JsonElement second = await server.AskAsync(Path, new JsonObject { ["input"] = "How many shapes do you see?", ["previous_response_id"] = id });
        JsonElement kept = JsonDocument.Parse(await server.Client.GetStringAsync($"{Path}/{id}")).RootElement;

        Assert.Equal("Yes, there is a star.", Text(first));
        Assert.Equal("There are three shapes.", Text(second));
        Assert.Equal("completed", second.GetProperty("status").GetString());
        Assert.InRange(second.GetProperty("usage").GetProperty("input_tokens_details").GetProperty("cached_tokens").GetInt32(), 256, 400);
        Assert.Equal(first.GetRawText(), kept.GetRawText());
    }

    [Fact]
    public async Task Delete_KeptResponse_IsForgotten()
    {
        await using ServerRun server = await ServerRun.StartAsync();
        string id = (await server.AskAsync(Path, new JsonObject { ["input"] = "Good morning!" })).GetProperty("id").GetString()!;
        string unkept = (await server.AskAsync(Path, new JsonObject { ["input"] = "Good morning!", ["store"] = false })).GetProperty("id").GetString()!;

        using HttpResponseMessage deleted = await server.Client.DeleteAsync($"{Path}/{id}");

        Assert.Equal(HttpStatusCode.OK, deleted.StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await server.Client.GetAsync($"{Path}/{id}")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await server.Client.GetAsync($"{Path}/{unkept}")).StatusCode);
        JsonElement error = await server.RefusedAsync(Path, $$"""{"input": "x", "previous_response_id": "{{id}}"}""", HttpStatusCode.NotFound);
        Assert.Equal("previous_response_id", error.GetProperty("param").GetString());
    }

    [Fact]
    public async Task Get_ByAnotherKey_NotFound()
    {
        await using ServerRun server = await ServerRun.StartAsync(options => options with { ApiKeys = ["one", "two"] });
        server.Client.DefaultRequestHeaders.Authorization = new("Bearer", "one");
        string id = (await server.AskAsync(Path, new JsonObject { ["input"] = "Good morning!" })).GetProperty("id").GetString()!;
        server.Client.DefaultRequestHeaders.Authorization = new("Bearer", "two");

        Assert.Equal(HttpStatusCode.NotFound, (await server.Client.GetAsync($"{Path}/{id}")).StatusCode);
    }

    [Fact]
    public async Task Post_BeyondTheRoom_OldestAreForgotten()
    {
        await using ServerRun server = await ServerRun.StartAsync(options => options with { Limits = options.Limits with { StoredResponses = 2 } });
        List<string> ids = [];
        for (int at = 0; at < 3; at++)
        {
            ids.Add((await server.AskAsync(Path, new JsonObject { ["input"] = "Good morning!" })).GetProperty("id").GetString()!);
        }

        HttpStatusCode[] found = [.. await Task.WhenAll(ids.Select(async id => (await server.Client.GetAsync($"{Path}/{id}")).StatusCode))];

        Assert.Equal([HttpStatusCode.NotFound, HttpStatusCode.OK, HttpStatusCode.OK], found);
    }

    [Fact]
    public async Task Post_Stream_EventsAreNumberedAndEndWithTheWhole()
    {
        await using ServerRun server = await ServerRun.StartAsync();

        IReadOnlyList<(string? Name, string Data)> events = await server.StreamAsync(Path, new JsonObject { ["input"] = "Count from 2 to 7.", ["stream"] = true, ["max_output_tokens"] = 4 });

        JsonElement[] bodies = [.. events.Select(one => JsonDocument.Parse(one.Data).RootElement)];
        Assert.Equal(Enumerable.Range(0, bodies.Length), bodies.Select(body => body.GetProperty("sequence_number").GetInt32()));
        Assert.Equal(
            [
                "response.created", "response.in_progress", "response.output_item.added", "response.content_part.added", "response.output_text.delta",
                "response.output_text.done", "response.content_part.done", "response.output_item.done", "response.incomplete",
            ],
            events.Select(one => one.Name!).Distinct());
        JsonElement whole = bodies[^1].GetProperty("response");
        Assert.Equal(Text(whole), string.Concat(bodies.Where(body => body.TryGetProperty("delta", out _)).Select(body => body.GetProperty("delta").GetString())));
        Assert.Equal("max_output_tokens", whole.GetProperty("incomplete_details").GetProperty("reason").GetString());
    }

    [Theory]
    [InlineData("""{}""", "input")]
    [InlineData("""{"input": "x", "background": true}""", "background")]
    [InlineData("""{"input": "x", "truncation": "auto"}""", "truncation")]
    [InlineData("""{"input": "x", "text": {"format": {"type": "yaml"}}}""", "text.format.type")]
    [InlineData("""{"input": "x", "max_tokens": 4}""", "max_tokens")]
    [InlineData("""{"input": [{"type": "item_reference", "id": "x"}]}""", "input[0].type")]
    [InlineData("""{"input": [{"role": "assistant", "content": [{"type": "input_image", "image_url": "x"}]}]}""", "input[0].content[0].type")]
    public async Task Post_FieldThatCannotBeHonoured_IsNamed(string body, string parameter)
    {
        await using ServerRun server = await ServerRun.StartAsync();

        Assert.Equal(parameter, (await server.RefusedAsync(Path, body)).GetProperty("param").GetString());
    }

    private static string Text(JsonElement response) => response.GetProperty("output")[0].GetProperty("content")[0].GetProperty("text").GetString()!;
}
