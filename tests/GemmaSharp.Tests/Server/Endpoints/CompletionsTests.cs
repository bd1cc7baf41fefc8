using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace GemmaSharp.Tests.Server.Endpoints;

/// <summary>Texts without the template, tokens, facts and the document of the routes.</summary>
public sealed class CompletionsTests
{
    [Fact]
    public async Task Completions_IdsOfAChatPrompt_GiveTheChatsAnswer()
    {
        await using ServerRun server = await ServerRun.StartAsync();
        JsonElement applied = await server.AskAsync("/apply-template", new JsonObject { ["messages"] = ServerRun.Chat("Count from 2 to 7.")["messages"]!.DeepClone() });
        JsonElement ids = await server.AskAsync("/tokenize", new JsonObject { ["content"] = applied.GetProperty("prompt").GetString(), ["parse_special"] = true });

        JsonElement completion = await server.AskAsync("/v1/completions", new JsonObject
        {
            ["prompt"] = JsonNode.Parse(ids.GetProperty("tokens").GetRawText()), ["max_tokens"] = 40, ["temperature"] = 0, ["logprobs"] = 2,
        });

        JsonElement choice = completion.GetProperty("choices")[0];
        Assert.Equal("2, 3, 4, 5, 6, 7, 8.", choice.GetProperty("text").GetString());
        Assert.Equal("text_completion", completion.GetProperty("object").GetString());
        JsonElement likely = choice.GetProperty("logprobs");
        Assert.Equal(likely.GetProperty("tokens").GetArrayLength(), likely.GetProperty("text_offset").GetArrayLength());
        Assert.Equal(0, likely.GetProperty("text_offset")[0].GetInt32());
    }

    [Fact]
    public async Task Completions_Text_HasTheBeginTokenAndSixteenTokensAtMost()
    {
        await using ServerRun server = await ServerRun.StartAsync();
        int tokens = (await server.AskAsync("/tokenize", new JsonObject { ["content"] = "Count <end_of_turn>", ["add_special"] = true })).GetProperty("tokens").GetArrayLength();
        JsonObject request = new() { ["prompt"] = new JsonArray("Count <end_of_turn>"), ["logit_bias"] = new JsonObject { ["1"] = -100, ["9"] = -100 } };

        JsonElement usage = (await server.AskAsync("/v1/completions", request.DeepClone())).GetProperty("usage");
        request["stream"] = true;
        IReadOnlyList<(string? Name, string Data)> events = await server.StreamAsync("/v1/completions", request);

        Assert.Equal(tokens, usage.GetProperty("prompt_tokens").GetInt32());
        Assert.Equal(16, usage.GetProperty("completion_tokens").GetInt32());
        Assert.Equal("[DONE]", events[^1].Data);
        Assert.Equal("length", JsonDocument.Parse(events[^2].Data).RootElement.GetProperty("choices")[0].GetProperty("finish_reason").GetString());
    }

    [Theory]
    [InlineData("""{"prompt": "x", "echo": true}""", "echo")]
    [InlineData("""{"prompt": "x", "best_of": 3}""", "best_of")]
    [InlineData("""{"prompt": "x", "suffix": "y"}""", "suffix")]
    [InlineData("""{"prompt": ["x", "y"]}""", "prompt")]
    [InlineData("""{"prompt": [1, 99999999]}""", "prompt")]
    [InlineData("""{"prompt": []}""", "prompt")]
    [InlineData("""{"prompt": "x", "logprobs": 6}""", "logprobs")]
    [InlineData("""{}""", "prompt")]
    public async Task Completions_FieldThatCannotBeHonoured_IsNamed(string body, string parameter)
    {
        await using ServerRun server = await ServerRun.StartAsync();

        Assert.Equal(parameter, (await server.RefusedAsync("/v1/completions", body)).GetProperty("param").GetString());
    }

    [Fact]
    public async Task Embeddings_SaysThatTheModelMakesNone()
    {
        await using ServerRun server = await ServerRun.StartAsync();

        JsonElement error = await server.RefusedAsync("/v1/embeddings", """{"input": "x", "model": "pocket"}""");

        Assert.Contains("not supported by this model", error.GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tokenize_AndBack_SameText()
    {
        await using ServerRun server = await ServerRun.StartAsync();
        JsonElement tokens = await server.AskAsync("/tokenize", new JsonObject { ["content"] = "red <b>é😀", ["with_pieces"] = true });

        JsonElement text = await server.AskAsync("/detokenize", new JsonObject { ["tokens"] = JsonNode.Parse(tokens.GetProperty("tokens").GetRawText()) });

        Assert.Equal("red <b>é😀", text.GetProperty("content").GetString());
        Assert.Equal(tokens.GetProperty("tokens").GetArrayLength(), tokens.GetProperty("pieces").GetArrayLength());
        await server.RefusedAsync("/detokenize", """{"tokens": [-1]}""");
    }

    [Fact]
    public async Task Props_AndMetrics_TellModelAndTokens()
    {
        await using ServerRun server = await ServerRun.StartAsync();
        await server.AskAsync("/v1/chat/completions", ServerRun.Chat("Count from 2 to 7."));
        await server.Client.GetAsync("/nothing\"\n");

        JsonElement props = JsonDocument.Parse(await server.Client.GetStringAsync("/props")).RootElement;
        string metrics = await server.Client.GetStringAsync("/metrics");
        Assert.DoesNotContain("gemmasharp_passes_total 0", metrics, StringComparison.Ordinal);
        Assert.Contains("gemmasharp_pass_sequences_total ", metrics, StringComparison.Ordinal);

        Assert.True(props.GetProperty("modalities").GetProperty("vision").GetBoolean());
        Assert.Contains("start_of_turn", props.GetProperty("chat_template").GetString(), StringComparison.Ordinal);
        Assert.Contains("gemmasharp_requests_total{route=\"/v1/chat/completions\",status=\"200\"} 1\n", metrics, StringComparison.Ordinal);
        Assert.Contains("gemmasharp_requests_total{route=\"other\",status=\"404\"} 1\n", metrics, StringComparison.Ordinal);
        Assert.Contains("gemmasharp_time_to_first_token_seconds_count 1\n", metrics, StringComparison.Ordinal);
        Assert.All(metrics.Split('\n', StringSplitOptions.RemoveEmptyEntries), line => Assert.Matches(@"^(# (HELP|TYPE) gemmasharp_\w+ .+|gemmasharp_\w+(\{[^{}]*\})? [-+.0-9eE]+)$", line));
    }

    [Fact]
    public async Task OpenApi_ListsEveryRoute()
    {
        await using ServerRun server = await ServerRun.StartAsync();

        JsonElement paths = JsonDocument.Parse(await server.Client.GetStringAsync("/openapi.json")).RootElement.GetProperty("paths");

        foreach (JsonProperty path in paths.EnumerateObject())
        {
            foreach (JsonProperty method in path.Value.EnumerateObject())
            {
                using HttpRequestMessage request = new(new HttpMethod(method.Name.ToUpperInvariant()), path.Name.Replace("{id}", "x", StringComparison.Ordinal));
                using HttpResponseMessage response = await server.Client.SendAsync(request);
                Assert.True(response.StatusCode != HttpStatusCode.MethodNotAllowed && !(await response.Content.ReadAsStringAsync()).Contains("nothing is at", StringComparison.Ordinal), path.Name);
            }
        }
    }
}
