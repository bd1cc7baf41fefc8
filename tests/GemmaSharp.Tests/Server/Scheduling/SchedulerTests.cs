using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace GemmaSharp.Tests.Server.Scheduling;

/// <summary>Places and the queue: who waits, who is sent away, who gives a place back, and how a server ends.</summary>
public sealed class SchedulerTests
{
    private const string Path = "/v1/chat/completions";

    [Fact]
    public async Task Post_QueueFull_SentAwayWithATime()
    {
        await using ServerRun server = await ServerRun.StartAsync(options => options with { Limits = options.Limits with { Concurrent = 1, Queue = 0 } });
        using HttpResponseMessage running = await BeginAsync(server);

        using HttpResponseMessage second = await server.PostAsync(Path, ServerRun.Chat("x").ToJsonString());

        Assert.Equal(HttpStatusCode.TooManyRequests, second.StatusCode);
        Assert.NotNull(second.Headers.RetryAfter);
    }

    [Fact]
    public async Task Post_ClientGone_PlaceIsFree()
    {
        await using ServerRun server = await ServerRun.StartAsync(options => options with { Limits = options.Limits with { Concurrent = 1, Queue = 1 } });
        HttpResponseMessage running = await BeginAsync(server);
        Task<JsonElement> waiting = server.AskAsync(Path, ServerRun.Chat("Count from 2 to 7."));
        await Task.Delay(100);
        Assert.False(waiting.IsCompleted);

        running.Dispose();

        Assert.Equal("2, 3, 4, 5, 6, 7, 8.", (await waiting).GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString());
        Assert.Empty(server.Log);
    }

    [Fact]
    public async Task Post_ManyAtOnce_SameAnswersAsAlone()
    {
        await using ServerRun server = await ServerRun.StartAsync(options => options with { Limits = options.Limits with { Concurrent = 3 } });
        JsonObject[] chats =
        [
            ServerRun.Chat("Count from 2 to 7."), ServerRun.ChatAbout("scene-0.png", "Describe the image."), ServerRun.ChatAbout("speech-2.wav", "Transcribe the audio."),
            ServerRun.Chat("Good morning!"), ServerRun.Chat("Name four colors as JSON."),
        ];
        foreach (JsonObject chat in chats)
        {
            (chat["temperature"], chat["seed"]) = (1.5, 5);
        }

        string[] alone = new string[chats.Length];
        for (int at = 0; at < chats.Length; at++)
        {
            alone[at] = Text(await server.AskAsync(Path, chats[at].DeepClone()));
        }

        string[] together = await Task.WhenAll(chats.Select(async chat => Text(await server.AskAsync(Path, chat.DeepClone()))));

        Assert.Equal(alone, together);
    }

    [Fact]
    public async Task Post_OneKeyAsksMuch_AnotherIsNotBehindAllOfIt()
    {
        await using ServerRun server = await ServerRun.StartAsync(options => options with { ApiKeys = ["key-of-a", "key-of-b"], Limits = options.Limits with { Concurrent = 1 } });
        server.Client.DefaultRequestHeaders.Add("X-Api-Key", "key-of-a");
        HttpResponseMessage running = await BeginAsync(server);
        List<Task> answers = [];
        List<string> order = [];
        foreach (string name in (string[])["a1", "a2", "a3", "a4", "b1"])
        {
            answers.Add(NameWhenAnsweredAsync(server, name, order));
            await server.WaitForAsync($"gemmasharp_requests_waiting {answers.Count}");
        }

        running.Dispose();
        await Task.WhenAll(answers);

        // Two whole answers lie between the second place in the order and the fourth.
        Assert.InRange(order.IndexOf("b1"), 0, 2);
    }

    [Fact]
    public async Task Post_OneKeyFillsTheQueue_AnotherGetsAPlaceInIt()
    {
        await using ServerRun server = await ServerRun.StartAsync(options => options with { ApiKeys = ["key-of-a", "key-of-b"], Limits = options.Limits with { Concurrent = 1, Queue = 2 } });
        server.Client.DefaultRequestHeaders.Add("X-Api-Key", "key-of-a");
        HttpResponseMessage running = await BeginAsync(server);
        Task<HttpResponseMessage> first = PostAsync(server, "key-of-a");
        await server.WaitForAsync("gemmasharp_requests_waiting 1");
        Task<HttpResponseMessage> second = PostAsync(server, "key-of-a");
        await server.WaitForAsync("gemmasharp_requests_waiting 2");

        Task<HttpResponseMessage> other = PostAsync(server, "key-of-b");
        using HttpResponseMessage sentAway = await second;
        running.Dispose();

        Assert.Equal(HttpStatusCode.TooManyRequests, sentAway.StatusCode);
        Assert.NotNull(sentAway.Headers.RetryAfter);
        Assert.Equal(HttpStatusCode.OK, (await first).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await other).StatusCode);
        await server.WaitForAsync("gemmasharp_requests_running 0");
        Assert.Empty(server.Log);
    }

    [Fact]
    public async Task Post_KeysApart_NothingOfTheOthersCache()
    {
        await using ServerRun server = await ServerRun.StartAsync(options => options with { ApiKeys = ["key-of-a", "key-of-b", "key-of-c"] });
        string question = $"Repeat after me: {Guid.NewGuid()}";
        List<int> cached = [];
        foreach (string key in (string[])["key-of-b", "key-of-c", "key-of-b"])
        {
            using HttpRequestMessage request = new(HttpMethod.Post, Path) { Content = new StringContent(ServerRun.Chat(question).ToJsonString(), Encoding.UTF8, "application/json") };
            request.Headers.Add("X-Api-Key", key);
            using HttpResponseMessage response = await server.Client.SendAsync(request);
            JsonElement usage = JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement.GetProperty("usage");
            cached.Add(usage.GetProperty("prompt_tokens").GetInt32() - usage.GetProperty("prompt_tokens_details").GetProperty("cached_tokens").GetInt32());
        }

        // A question that was never asked before is left to compute but for its first words; asked again by the same key all but one token is there.
        Assert.InRange(cached[0], 10, 100);
        Assert.InRange(cached[1], 10, 100);
        Assert.Equal(1, cached[2]);
    }

    [Fact]
    public async Task Post_ClientGoneWhileWaiting_LeavesTheQueue()
    {
        await using ServerRun server = await ServerRun.StartAsync(options => options with { Limits = options.Limits with { Concurrent = 1, Queue = 1 } });
        using HttpResponseMessage running = await BeginAsync(server);
        using CancellationTokenSource leave = new();
        Task<HttpResponseMessage> waiting = server.Client.PostAsync(Path, new StringContent(ServerRun.Chat("x").ToJsonString(), Encoding.UTF8, "application/json"), leave.Token);
        await server.WaitForAsync("gemmasharp_requests_waiting 1");

        await leave.CancelAsync();

        await server.WaitForAsync("gemmasharp_requests_waiting 0");
        await server.WaitForAsync("gemmasharp_requests_running 1");
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
    }

    [Fact]
    public async Task Stop_WhileAnswering_ShortAnswerFinishes()
    {
        await using ServerRun server = await ServerRun.StartAsync();
        JsonObject chat = Endless(200);
        Task<IReadOnlyList<(string? Name, string Data)>> stream = server.StreamAsync(Path, chat);
        await server.WaitForAsync("gemmasharp_requests_running 1");

        await server.StopAsync();

        Assert.Equal("[DONE]", (await stream)[^1].Data);
    }

    [Fact]
    public async Task Stop_WhileAnswering_LongAnswerEndsWithAnError()
    {
        await using ServerRun server = await ServerRun.StartAsync(options => options with { Limits = options.Limits with { ShutdownSeconds = 1 } });
        Task<IReadOnlyList<(string? Name, string Data)>> stream = server.StreamAsync(Path, Endless(4_000));
        await server.WaitForAsync("gemmasharp_requests_running 1");

        await server.StopAsync();

        (string? name, string data) = (await stream)[^1];
        Assert.Equal("error", name);
        Assert.Contains("shutting down", data, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Get_ModelStillLoading_LiveAndNotReady()
    {
        TaskCompletionSource<GemmaEngine> loading = new();
        await using ServerRun server = await ServerRun.StartAsync(loading.Task, null, warm: false);

        using HttpResponseMessage health = await server.Client.GetAsync("/health"), ready = await server.Client.GetAsync("/ready");
        using HttpResponseMessage chat = await server.PostAsync(Path, ServerRun.Chat("x").ToJsonString());

        Assert.Equal(HttpStatusCode.OK, health.StatusCode);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, chat.StatusCode);
        Assert.NotNull(chat.Headers.RetryAfter);
    }

    // An answer that goes on: the tokens that would end it are out of reach.
    private static JsonObject Endless(int tokens)
    {
        JsonObject chat = ServerRun.Chat("Count from 2 to 7.");
        (chat["stream"], chat["max_tokens"], chat["temperature"], chat["logit_bias"]) = (true, tokens, 1, new JsonObject { ["1"] = -100, ["9"] = -100 });
        return chat;
    }

    private static async Task<HttpResponseMessage> BeginAsync(ServerRun server)
    {
        using HttpRequestMessage request = new(HttpMethod.Post, Path) { Content = new StringContent(Endless(4_000).ToJsonString(), Encoding.UTF8, "application/json") };
        return await server.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
    }

    private static async Task NameWhenAnsweredAsync(ServerRun server, string name, List<string> order)
    {
        using HttpResponseMessage response = await PostAsync(server, $"key-of-{name[0]}");
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        lock (order)
        {
            order.Add(name);
        }
    }

    private static async Task<HttpResponseMessage> PostAsync(ServerRun server, string key)
    {
        using HttpClient client = new() { BaseAddress = server.Address };
        client.DefaultRequestHeaders.Add("X-Api-Key", key);
        return await client.PostAsync(Path, new StringContent(ServerRun.Chat("Count from 2 to 7.").ToJsonString(), Encoding.UTF8, "application/json"));
    }

    private static string Text(JsonElement completion) => completion.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString()!;
}
