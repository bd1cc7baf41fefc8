using System.ClientModel;
using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using GemmaSharp.Gateway;
using GemmaSharp.Tests.Cli;
using GemmaSharp.Tests.Server;
using OpenAI;
using OpenAI.Chat;

namespace GemmaSharp.Tests.Gateway;

/// <summary>A gateway before real servers of the pocket model: clients, keys, stored responses, and a server that is killed.</summary>
public sealed class GatewayAppTests
{
    private const string Key = "key-of-a-client";

    [Fact]
    public async Task Killed_UnderLoad_NoRequestLostThatHadNotBegun()
    {
        const int workers = 8, perWorker = 12, before = 24;
        ServeProcess[] servers = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => ServeProcess.StartAsync(["--alias", ServerRun.Model, "-t", "1"])));
        using ServeProcess killed = servers[0], one = servers[1], other = servers[2];
        await using GatewayRun gateway = await GatewayRun.StartAsync(servers.Select(Name));
        int asked = 0;
        ConcurrentQueue<string> lost = [];
        await Task.WhenAll(Enumerable.Range(0, workers).Select(worker => Task.Run(async () =>
        {
            for (int turn = 0; turn < perWorker; turn++)
            {
                if (Interlocked.Increment(ref asked) == before)
                {
                    killed.Kill();
                }

                if (await LostAsync(gateway, $"question {worker} {turn}", stream: turn % 2 == 0) is string problem)
                {
                    lost.Enqueue(problem);
                }
            }
        })));

        Assert.True(lost.IsEmpty, string.Join('\n', [.. lost, .. gateway.Log, .. one.Log, .. other.Log]));
        await gateway.LoggedAsync($"{Name(killed)}: not ready");
        string metrics = await gateway.Client.GetStringAsync("/metrics");
        Assert.Contains($"gemmasharp_gateway_replica_ready{{replica=\"{Name(killed)}\"}} 0", metrics, StringComparison.Ordinal);
        Assert.Contains($"gemmasharp_gateway_replica_ready{{replica=\"{Name(one)}\"}} 1", metrics, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Client_OfOpenAi_StreamsThroughIt()
    {
        await using ServerRun one = await ServerRun.StartAsync(), other = await ServerRun.StartAsync();
        await using GatewayRun gateway = await GatewayRun.StartAsync([Name(one), Name(other)]);
        ChatClient chat = new(ServerRun.Model, new ApiKeyCredential("none"), new OpenAIClientOptions { Endpoint = new Uri(gateway.Address, "/v1") });

        ChatCompletionOptions sure = new() { Temperature = 0 };
        string whole = (await chat.CompleteChatAsync([new UserChatMessage("Good morning!")], sure)).Value.Content[0].Text;
        string streamed = "";
        await foreach (StreamingChatCompletionUpdate update in chat.CompleteChatStreamingAsync([new UserChatMessage("Good morning!")], sure))
        {
            streamed += string.Concat(update.ContentUpdate.Select(part => part.Text));
        }

        Assert.NotEmpty(whole);
        Assert.Equal(whole, streamed);
    }

    [Fact]
    public async Task Conversation_FindsItsCacheAgain()
    {
        await using ServerRun one = await ServerRun.StartAsync(), two = await ServerRun.StartAsync(), three = await ServerRun.StartAsync();
        await using GatewayRun gateway = await GatewayRun.StartAsync([Name(one), Name(two), Name(three)]);
        const string question = "The same long question of the same conversation, asked again";
        await gateway.AskAsync(ServerRun.Chat(question).ToJsonString());

        string[] again = [.. await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => gateway.AskAsync(ServerRun.Chat(question).ToJsonString())))];

        Assert.Contains(again, answer => JsonDocument.Parse(answer).RootElement.GetProperty("usage").GetProperty("prompt_tokens_details").GetProperty("cached_tokens").GetInt32() > 0);
        string[] prompts = await Task.WhenAll(new[] { one, two, three }.Select(server => server.Client.GetStringAsync("/metrics")));
        Assert.Equal(2, prompts.Count(text => text.Contains("gemmasharp_prompt_tokens_total 0\n", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task StoredResponse_MadeThroughIt_ReadFollowedAndDeleted()
    {
        await using ServerRun one = await ServerRun.StartAsync(), other = await ServerRun.StartAsync();
        await using GatewayRun gateway = await GatewayRun.StartAsync([Name(one), Name(other)]);
        string id = JsonDocument.Parse(await gateway.AskAsync("""{"input": "Good morning!"}""", "/v1/responses")).RootElement.GetProperty("id").GetString()!;

        string following = await gateway.AskAsync($$"""{"input": "And now?", "previous_response_id": "{{id}}"}""", "/v1/responses");
        string read = await gateway.Client.GetStringAsync($"/v1/responses/{id}");
        HttpStatusCode deleted = (await gateway.Client.DeleteAsync($"/v1/responses/{id}")).StatusCode, gone = (await gateway.Client.GetAsync($"/v1/responses/{id}")).StatusCode;

        Assert.Contains(id, following, StringComparison.Ordinal);
        Assert.Contains(id, read, StringComparison.Ordinal);
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.NotFound), (deleted, gone));
    }

    [Fact]
    public async Task StoredResponse_OfAnotherKeyBehindOneReplicaKey_NotShown()
    {
        await using ServerRun server = await ServerRun.StartAsync(options => options with { ApiKeys = ["key-of-the-gateway"] });
        await using GatewayRun gateway = await GatewayRun.StartAsync([Name(server)], options => options with { ApiKeys = [Key, "another"], ReplicaKey = "key-of-the-gateway" });
        using HttpResponseMessage made = await gateway.PostAsync("/v1/responses", """{"input": "Good morning!"}""", Key);
        string body = $$"""{"input": "x", "previous_response_id": "{{made.Headers.GetValues("X-Response-Id").Single()}}"}""";

        using HttpResponseMessage other = await gateway.PostAsync("/v1/responses", body, "another"), same = await gateway.PostAsync("/v1/responses", body, Key);

        Assert.Equal((HttpStatusCode.NotFound, HttpStatusCode.OK), (other.StatusCode, same.StatusCode));
    }

    [Theory]
    [InlineData(null, HttpStatusCode.Unauthorized)]
    [InlineData("wrong", HttpStatusCode.Unauthorized)]
    [InlineData(Key, HttpStatusCode.OK)]
    public async Task Post_Key_NeededAndReplacedForTheReplica(string? key, HttpStatusCode status)
    {
        await using FakeReplica replica = await FakeReplica.StartAsync();
        await using GatewayRun gateway = await GatewayRun.StartAsync([replica], options => options with { ApiKeys = [Key], ReplicaKey = "key-of-the-gateway" });

        using HttpResponseMessage response = await gateway.PostAsync("/v1/chat/completions", "{}", key);

        Assert.Equal(status, response.StatusCode);
        Assert.Equal(status == HttpStatusCode.OK ? ["Bearer key-of-the-gateway"] : [], replica.Keys);
    }

    [Fact]
    public async Task Get_HostOfAnotherSite_Refused()
    {
        await using FakeReplica replica = await FakeReplica.StartAsync();
        await using GatewayRun gateway = await GatewayRun.StartAsync([replica]);
        using HttpRequestMessage request = new(HttpMethod.Get, "/v1/models") { Headers = { Host = "example.org" } };

        Assert.Equal(HttpStatusCode.MisdirectedRequest, (await gateway.Client.SendAsync(request)).StatusCode);
        Assert.Empty(replica.Seen);
    }

    [Fact]
    public void Create_PublicAddressWithoutKey_Refused() =>
        Assert.Contains("an API key is needed", Assert.Throws<ArgumentException>(() => GatewayApp.Create(new GatewayOptions { Host = "0.0.0.0" }, _ => { })).Message, StringComparison.Ordinal);

    [Fact]
    public async Task Server_ThatEnds_SaysSoFirstAndAnswersMeanwhile()
    {
        await using ServerRun one = await ServerRun.StartAsync(options => options with { Limits = options.Limits with { DrainSeconds = 3600 } }), other = await ServerRun.StartAsync();
        await using GatewayRun gateway = await GatewayRun.StartAsync([Name(one), Name(other)]);

        _ = one.StopAsync(); // far from its end until the test is over
        await gateway.LoggedAsync($"{Name(one)}: not ready");
        using HttpResponseMessage meanwhile = await one.Client.GetAsync("/v1/models");

        Assert.Equal(HttpStatusCode.OK, meanwhile.StatusCode);
        Assert.NotEmpty(await gateway.AskAsync(ServerRun.Chat("Good morning!").ToJsonString()));
    }

    // What went wrong with a request before anything of an answer came; null where nothing did.
    private static async Task<string?> LostAsync(GatewayRun gateway, string question, bool stream)
    {
        System.Text.Json.Nodes.JsonObject body = ServerRun.Chat(question);
        (body["max_tokens"], body["stream"]) = (8, stream);
        using HttpRequestMessage request = new(HttpMethod.Post, "/v1/chat/completions") { Content = new StringContent(body.ToJsonString(), System.Text.Encoding.UTF8, "application/json") };
        try
        {
            // A stream that had begun ends as one, by an error event at the worst.
            using HttpResponseMessage response = await gateway.Client.SendAsync(request);
            string text = await response.Content.ReadAsStringAsync();
            return response.StatusCode == HttpStatusCode.OK ? null : $"{response.StatusCode}: {text}";
        }
        catch (HttpRequestException error)
        {
            return $"{error}";
        }
    }

    private static string Name(ServeProcess server) => server.Address.GetLeftPart(UriPartial.Authority);

    private static string Name(ServerRun server) => server.Address.GetLeftPart(UriPartial.Authority);
}
