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
    public async Task Stop_WhileAnswering_ShortAnswerFinishes()
    {
        await using ServerRun server = await ServerRun.StartAsync();
        JsonObject chat = Endless(200);
        Task<IReadOnlyList<(string? Name, string Data)>> stream = server.StreamAsync(Path, chat);
        await WaitUntilRunningAsync(server);

        await server.StopAsync();

        Assert.Equal("[DONE]", (await stream)[^1].Data);
    }

    [Fact]
    public async Task Stop_WhileAnswering_LongAnswerEndsWithAnError()
    {
        await using ServerRun server = await ServerRun.StartAsync(options => options with { Limits = options.Limits with { ShutdownSeconds = 1 } });
        Task<IReadOnlyList<(string? Name, string Data)>> stream = server.StreamAsync(Path, Endless(4_000));
        await WaitUntilRunningAsync(server);

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

    private static async Task WaitUntilRunningAsync(ServerRun server)
    {
        while (!(await server.Client.GetStringAsync("/metrics")).Contains("gemmasharp_requests_running 1", StringComparison.Ordinal))
        {
            await Task.Delay(5);
        }
    }

    private static string Text(JsonElement completion) => completion.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString()!;
}
