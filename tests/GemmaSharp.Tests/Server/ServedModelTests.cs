using System.Net;
using System.Text.Json;
using GemmaSharp.Generation;
using GemmaSharp.Prompting;
using GemmaSharp.Server;

namespace GemmaSharp.Tests.Server;

/// <summary>A model that gives its memory back while nobody asks, and is there again for the next request.</summary>
public sealed class ServedModelTests
{
    private const string Path = "/v1/chat/completions";
    private static readonly TimeSpan Soon = TimeSpan.FromMilliseconds(1);

    [Fact]
    public async Task Idle_MemoryIsGivenBackAndTheNextRequestLoadsAgain()
    {
        List<GemmaEngine> engines = [];
        using ServedModel model = new(ServerRun.Model, () => Load(engines), Soon);
        await using ServerRun server = await ServerRun.StartAsync(model, null, warm: true);
        await WaitForStateAsync(server, "unloaded");
        string props = await server.Client.GetStringAsync("/props");
        await WaitForStateAsync(server, "unloaded");

        string first = Text(await server.AskAsync(Path, ServerRun.Chat("Count from 2 to 7.")));
        await WaitForStateAsync(server, "unloaded");
        int loaded = engines.Count;
        string propsLater = await server.Client.GetStringAsync("/props"), models = await server.Client.GetStringAsync("/v1/models");
        string second = Text(await server.AskAsync(Path, ServerRun.Chat("Count from 2 to 7.")));

        Assert.Equal("2, 3, 4, 5, 6, 7, 8.", first);
        Assert.Equal(first, second);
        Assert.Equal(props, propsLater);
        Assert.Equal(loaded + 1, engines.Count);
        Assert.Contains("\"state\":\"unloaded\"", models, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await server.Client.GetAsync("/ready")).StatusCode);
        Assert.Throws<ObjectDisposedException>(() => new Sequence(engines[0]).Generate(new Prompt([2, 3], []), new GenerationOptions(), CancellationToken.None).First());
        Assert.Empty(server.Log);
    }

    [Fact]
    public async Task Idle_WhileAnswersRun_NothingIsGivenBack()
    {
        List<GemmaEngine> engines = [];
        using ServedModel model = new(ServerRun.Model, () => Load(engines), Soon);
        await using ServerRun server = await ServerRun.StartAsync(model, null, warm: true);

        string[] answers = await Task.WhenAll(Enumerable.Range(0, 6).Select(async _ => Text(await server.AskAsync(Path, ServerRun.ChatAbout("scene-0.png", "Describe the image.")))));

        Assert.All(answers, answer => Assert.Equal("A small yellow cross at the bottom right.", answer));
        Assert.Empty(server.Log);
    }

    [Fact]
    public async Task Idle_RequestsThatWaitForTheModel_AreBoundedAndLeave()
    {
        TaskCompletionSource<GemmaEngine> again = new();
        Queue<Func<Task<GemmaEngine>>> loads = new([() => Load([]), () => again.Task]);
        using ServedModel model = new(ServerRun.Model, () => loads.Dequeue()(), Soon);
        await using ServerRun server = await ServerRun.StartAsync(model, options => options with { Limits = options.Limits with { Concurrent = 1, Queue = 1 } }, warm: true);
        await WaitForStateAsync(server, "unloaded");
        using CancellationTokenSource leaves = new();
        Task<HttpResponseMessage> waiting = server.Client.PostAsync(Path, Body());
        await WaitForStateAsync(server, "loading"); // it waits now
        Task<HttpResponseMessage> gone;
        HttpResponseMessage refused;
        do
        {
            gone = server.Client.PostAsync(Path, Body(), leaves.Token);
            refused = await RefusedAsync(server);
        }
        while (gone.IsCompleted); // sent away itself, as one of those that ask came before it

        await leaves.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => gone);
        again.SetResult(GemmaEngine.Load(Fixture.Pocket()));

        Assert.NotNull(refused.Headers.RetryAfter);
        Assert.Equal(HttpStatusCode.OK, (await waiting).StatusCode);
        await server.WaitForAsync("gemmasharp_requests_running 0");
    }

    [Theory]
    [InlineData(Path, "{")]
    [InlineData(Path, "{}")]
    [InlineData(Path, "{\"messages\": [{\"role\": \"user\", \"content\": \"x\"}], \"logit_bias\": {\"999999\": 1}}")]
    [InlineData(Path, "{\"messages\": [{\"role\": \"user\", \"content\": [{\"type\": \"image_url\", \"image_url\": \"file:///etc/passwd\"}]}]}")]
    [InlineData("/v1/completions", "{\"prompt\": [999999]}")]
    [InlineData("/v1/responses", "{\"input\": \"x\", \"previous_response_id\": \"resp_none\"}")]
    [InlineData("/v1/messages", "{\"max_tokens\": 0, \"messages\": []}")]
    [InlineData("/tokenize", "{\"text\": \"x\"}")]
    [InlineData("/detokenize", "{\"tokens\": [-1]}")]
    public async Task Idle_RequestThatIsWrong_LoadsNothing(string path, string body)
    {
        List<GemmaEngine> engines = [];
        using ServedModel model = new(ServerRun.Model, () => Load(engines), Soon);
        await using ServerRun server = await ServerRun.StartAsync(model, null, warm: true);
        await WaitForStateAsync(server, "unloaded");
        int loaded = engines.Count;

        using HttpResponseMessage response = await server.PostAsync(path, body);

        Assert.InRange((int)response.StatusCode, 400, 404);
        Assert.Equal("unloaded", model.State);
        Assert.Equal(loaded, engines.Count);
        Assert.Empty(server.Log);
    }

    [Fact]
    public async Task Idle_ModelThatCannotBeLoadedAgain_SaysSoAndIsTriedAgain()
    {
        Queue<Func<Task<GemmaEngine>>> loads = new([() => Load([]), () => Task.FromException<GemmaEngine>(new InvalidDataException("/models/gone: no such file")), () => Load([])]);
        using ServedModel model = new(ServerRun.Model, () => loads.Dequeue()(), Soon);
        await using ServerRun server = await ServerRun.StartAsync(model, null, warm: true);
        await WaitForStateAsync(server, "unloaded");

        JsonElement error = await server.RefusedAsync(Path, ServerRun.Chat("x").ToJsonString(), HttpStatusCode.ServiceUnavailable);
        string answer = Text(await server.AskAsync(Path, ServerRun.Chat("Count from 2 to 7.")));

        Assert.Contains("cannot be loaded again", error.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Contains("/models/gone", Assert.Single(server.Log), StringComparison.Ordinal);
        Assert.Equal("2, 3, 4, 5, 6, 7, 8.", answer);
    }

    // More than the bound wait once one is sent away; until then each that is asked joins them.
    private static async Task<HttpResponseMessage> RefusedAsync(ServerRun server)
    {
        while (true)
        {
            using CancellationTokenSource limit = new(TimeSpan.FromSeconds(1));
            try
            {
                HttpResponseMessage response = await server.Client.PostAsync(Path, Body(), limit.Token);
                Assert.Equal(HttpStatusCode.TooManyRequests, response.StatusCode);
                return response;
            }
            catch (OperationCanceledException)
            {
                // It waited: one of the two was not there yet.
            }
        }
    }

    private static async Task<GemmaEngine> Load(List<GemmaEngine> engines)
    {
        GemmaEngine engine = await Task.Run(() => GemmaEngine.Load(Fixture.Pocket()));
        engines.Add(engine);
        return engine;
    }

    private static async Task WaitForStateAsync(ServerRun server, string state)
    {
        while (!(await server.Client.GetStringAsync("/health")).Contains($"\"model\":\"{state}\"", StringComparison.Ordinal))
        {
            await Task.Delay(5);
        }
    }

    private static StringContent Body() => new(ServerRun.Chat("Count from 2 to 7.").ToJsonString(), System.Text.Encoding.UTF8, "application/json");

    private static string Text(JsonElement completion) => completion.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString()!;
}
