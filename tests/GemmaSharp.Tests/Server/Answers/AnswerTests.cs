using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace GemmaSharp.Tests.Server.Answers;

/// <summary>Several answers to one request, drawn at the same time.</summary>
public sealed class AnswerTests
{
    private const string Path = "/v1/chat/completions";
    private const int Tokens = 400;

    [Fact]
    public async Task Post_SeveralChoicesStreamed_ComeTogetherAndAreThoseOfTheWholeAnswer()
    {
        await using ServerRun server = await ServerRun.StartAsync();
        JsonObject chat = Endless(3);
        string[] whole = Texts(await server.AskAsync(Path, chat.DeepClone()));
        (chat["stream"], chat["stream_options"]) = (true, new JsonObject { ["include_usage"] = true });

        IReadOnlyList<(string? Name, string Data)> events = await server.StreamAsync(Path, chat);

        JsonElement[] chunks = [.. events.SkipLast(1).Select(one => JsonElement.Parse(one.Data))];
        JsonElement[] choices = [.. chunks.SkipLast(1).Select(chunk => chunk.GetProperty("choices")[0])];
        int[] order = [.. choices.Where(choice => Content(choice).Length > 0).Select(Index)];
        Assert.Equal(whole, Enumerable.Range(0, 3).Select(index => string.Concat(choices.Where(choice => Index(choice) == index).Select(Content))));
        Assert.True(Array.IndexOf(order, 1) < Array.LastIndexOf(order, 0), "the second answer begins before the first has ended");
        Assert.True(Array.IndexOf(order, 2) < Array.LastIndexOf(order, 0), "the third answer begins before the first has ended");
        Assert.Equal([0, 1, 2], choices.Where(choice => choice.GetProperty("finish_reason").ValueKind == JsonValueKind.String).Select(Index).Order());
        Assert.Equal(3 * Tokens, chunks[^1].GetProperty("usage").GetProperty("completion_tokens").GetInt32());
    }

    [Fact]
    public async Task Post_SeveralChoicesOneAtATime_AreTheSame()
    {
        await using ServerRun many = await ServerRun.StartAsync(), one = await ServerRun.StartAsync(options => options with { Limits = options.Limits with { Concurrent = 1 } });

        string[] together = Texts(await many.AskAsync(Path, Endless(3))), inTurn = Texts(await one.AskAsync(Path, Endless(3)));

        Assert.Equal(together, inTurn);
        Assert.Equal(3, together.Distinct().Count());
    }

    [Fact]
    public async Task Post_SeveralChoicesAndClientGone_PlaceIsFree()
    {
        await using ServerRun server = await ServerRun.StartAsync();
        JsonObject chat = Endless(4);
        (chat["stream"], chat["max_tokens"]) = (true, 4_000);
        using HttpRequestMessage request = new(HttpMethod.Post, Path) { Content = new StringContent(chat.ToJsonString(), Encoding.UTF8, "application/json") };
        HttpResponseMessage running = await server.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        await server.WaitForAsync("gemmasharp_requests_running 1");

        running.Dispose();

        await server.WaitForAsync("gemmasharp_requests_running 0");
        await server.WaitForAsync("status=\"499\"} 1");
        Assert.Empty(server.Log);
    }

    // Answers that go on: the tokens that would end them are out of reach.
    private static JsonObject Endless(int choices)
    {
        JsonObject chat = ServerRun.Chat("Good morning!");
        (chat["n"], chat["seed"], chat["temperature"], chat["max_tokens"]) = (choices, 11, 2, Tokens);
        chat["logit_bias"] = new JsonObject { ["1"] = -100, ["9"] = -100 };
        return chat;
    }

    private static string[] Texts(JsonElement completion) => [.. completion.GetProperty("choices").EnumerateArray().Select(choice => choice.GetProperty("message").GetProperty("content").GetString() ?? "")];

    private static int Index(JsonElement choice) => choice.GetProperty("index").GetInt32();

    private static string Content(JsonElement choice) => choice.GetProperty("delta").TryGetProperty("content", out JsonElement text) ? text.GetString() ?? "" : "";
}
