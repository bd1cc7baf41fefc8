using System.Net;
using System.Text;
using GemmaSharp.Gateway;
using Microsoft.AspNetCore.Http;

namespace GemmaSharp.Tests.Gateway.Forwarding;

/// <summary>What happens to a request when a replica refuses, fails or is slow.</summary>
public sealed class RequestForwarderTests
{
    private const string Body = """{"messages": [{"role": "user", "content": "hello"}]}""";

    public static TheoryData<string> Troubles => ["reset", "503", "429", "gone"];

    [Theory]
    [MemberData(nameof(Troubles))]
    public async Task Post_ReplicaInTrouble_AnsweredByAnother(string trouble)
    {
        FakeReplica[] replicas = await FakeReplica.StartManyAsync(2);
        await using FakeReplica one = replicas[0], other = replicas[1];
        await using GatewayRun gateway = await GatewayRun.StartAsync(replicas, Slow);
        one.Answer = trouble switch { "reset" => FakeReplica.Reset, "503" => FakeReplica.Refuse(503), "429" => FakeReplica.Refuse(429), _ => null };
        if (trouble == "gone")
        {
            await one.StopAsync();
        }

        for (int number = 0; number < 4; number++)
        {
            // Each is another conversation, so that both replicas are some request's first.
            using HttpResponseMessage response = await gateway.PostAsync("/v1/chat/completions", Body.Replace("hello", $"{number}", StringComparison.Ordinal));

            Assert.Equal((HttpStatusCode.OK, other.Address), (response.StatusCode, await response.Content.ReadAsStringAsync()));
            Assert.False(response.Headers.Contains("X-Left-Over"));
        }

        Assert.Equal(4, other.Seen.Count);
        Assert.All(other.Seen, body => Assert.StartsWith(Body[..40], body, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Post_EveryReplicaRefuses_TheLastRefusalIsPassedOn()
    {
        FakeReplica[] replicas = await FakeReplica.StartManyAsync(2);
        await using FakeReplica one = replicas[0], other = replicas[1];
        one.Answer = other.Answer = FakeReplica.Refuse(429);
        await using GatewayRun gateway = await GatewayRun.StartAsync(replicas);

        using HttpResponseMessage response = await gateway.PostAsync("/v1/chat/completions", Body);

        Assert.Equal((HttpStatusCode.TooManyRequests, "refused"), (response.StatusCode, await response.Content.ReadAsStringAsync()));
        Assert.Equal((1, 1), (one.Seen.Count, other.Seen.Count));
    }

    [Fact]
    public async Task Post_BodyBeyondTheBound_PassedThroughAndNotTwice()
    {
        FakeReplica[] replicas = await FakeReplica.StartManyAsync(2);
        await using FakeReplica one = replicas[0], other = replicas[1];
        await using GatewayRun gateway = await GatewayRun.StartAsync(replicas, options => options with { Limits = options.Limits with { BufferedBytes = 1000 } });
        string body = new('x', 100_000);

        await gateway.AskAsync(body);
        one.Answer = other.Answer = FakeReplica.Reset;
        using HttpResponseMessage lost = await gateway.PostAsync("/v1/chat/completions", body);

        Assert.Equal([body, body], one.Seen.Concat(other.Seen));
        Assert.Equal(HttpStatusCode.BadGateway, lost.StatusCode);
        Assert.Contains("\"code\":\"bad_gateway\"", await lost.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Post_ChunkedBody_HeldAndSentAgain()
    {
        FakeReplica[] replicas = await FakeReplica.StartManyAsync(2);
        await using FakeReplica one = replicas[0], other = replicas[1];
        int resets = 0;
        one.Answer = other.Answer = http => Interlocked.Increment(ref resets) == 1 ? FakeReplica.Reset(http) : http.Response.WriteAsync("answer");
        await using GatewayRun gateway = await GatewayRun.StartAsync(replicas);
        using HttpRequestMessage request = new(HttpMethod.Post, "/v1/chat/completions") { Content = new StringContent(Body, Encoding.UTF8, "application/json") };
        request.Headers.TransferEncodingChunked = true;

        using HttpResponseMessage response = await gateway.Client.SendAsync(request);

        Assert.Equal("answer", await response.Content.ReadAsStringAsync());
        Assert.Equal([Body, Body], one.Seen.Concat(other.Seen));
    }

    [Fact]
    public async Task Post_Stream_ComesAsItIsMadeAndEndsByAnErrorEventWhereItsReplicaGoes()
    {
        TaskCompletionSource read = new();
        await using FakeReplica one = await FakeReplica.StartAsync(async http =>
        {
            http.Response.ContentType = "text/event-stream";
            await http.Response.WriteAsync("data: 1\n\n");
            await http.Response.Body.FlushAsync();
            await read.Task;
            await http.Response.WriteAsync("data: {\"cut");
            await http.Response.Body.FlushAsync();
            http.Abort();
        });
        await using GatewayRun gateway = await GatewayRun.StartAsync([one]);
        using HttpRequestMessage request = new(HttpMethod.Post, "/v1/chat/completions") { Content = new StringContent(Body, Encoding.UTF8, "application/json") };

        using HttpResponseMessage response = await gateway.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        using StreamReader lines = new(await response.Content.ReadAsStreamAsync());

        Assert.Equal("data: 1", await lines.ReadLineAsync());
        read.SetResult();
        Assert.Contains("\n\nevent: error\ndata: {\"error\":{\"message\":\"the replica went away while it answered", await lines.ReadToEndAsync(), StringComparison.Ordinal);
        Assert.Single(one.Seen);
        Assert.Contains($"gemmasharp_gateway_replica_failures_total{{replica=\"{one.Address}\"}} 1", await gateway.Client.GetStringAsync("/metrics"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Post_AnswerCutAmidItsBody_BrokenForTheClientToo()
    {
        FakeReplica[] replicas = await FakeReplica.StartManyAsync(2);
        await using FakeReplica one = replicas[0], other = replicas[1];
        TaskCompletionSource begun = new();
        one.Answer = other.Answer = async http =>
        {
            await http.Response.WriteAsync("half of an ");
            await http.Response.Body.FlushAsync();
            await begun.Task;
            http.Abort();
        };
        await using GatewayRun gateway = await GatewayRun.StartAsync(replicas);
        using HttpRequestMessage request = new(HttpMethod.Post, "/v1/chat/completions") { Content = new StringContent(Body, Encoding.UTF8, "application/json") };

        using HttpResponseMessage response = await gateway.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        begun.SetResult();

        await Assert.ThrowsAsync<HttpRequestException>(response.Content.ReadAsStringAsync);
        Assert.Single(one.Seen.Concat(other.Seen));
    }

    [Fact]
    public async Task Post_NoReplicaLeft_503WithRetryAfter()
    {
        FakeReplica[] replicas = await FakeReplica.StartManyAsync(2);
        await using GatewayRun gateway = await GatewayRun.StartAsync(replicas, Slow);
        await replicas[0].DisposeAsync();
        await replicas[1].DisposeAsync();

        foreach (string _ in (string[])["found out by the request", "known"])
        {
            using HttpResponseMessage response = await gateway.PostAsync("/v1/chat/completions", Body);

            Assert.Equal((HttpStatusCode.ServiceUnavailable, TimeSpan.FromSeconds(2)), (response.StatusCode, response.Headers.RetryAfter?.Delta));
            Assert.Contains("\"type\":\"server_error\"", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }

        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await gateway.Client.GetAsync("/ready")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await gateway.Client.GetAsync("/health")).StatusCode);
    }

    [Fact]
    public async Task Get_StoredResponse_AtTheReplicaThatMadeItOrHasIt()
    {
        FakeReplica[] replicas = await FakeReplica.StartManyAsync(3);
        await using FakeReplica one = replicas[0], two = replicas[1], three = replicas[2];
        foreach (FakeReplica replica in replicas)
        {
            // Made here, or known here from before the gateway began.
            string mine = $"resp_{Array.IndexOf(replicas, replica)}";
            replica.Answer = http =>
            {
                bool known = HttpMethods.IsPost(http.Request.Method) || http.Request.Path.Value!.EndsWith(mine, StringComparison.Ordinal);
                (http.Response.StatusCode, http.Response.Headers["X-Response-Id"]) = (known ? 200 : 404, $"made_by_{mine}");
                return http.Response.WriteAsync(replica.Address);
            };
        }

        await using GatewayRun gateway = await GatewayRun.StartAsync(replicas);
        using HttpResponseMessage made = await gateway.PostAsync("/v1/responses", """{"input": "a"}""");
        string maker = await made.Content.ReadAsStringAsync();

        string following = await gateway.AskAsync($$"""{"input": "other", "previous_response_id": "{{made.Headers.GetValues("X-Response-Id").Single()}}"}""", "/v1/responses");
        string[] known = await Task.WhenAll(Enumerable.Range(0, 3).Select(number => gateway.Client.GetStringAsync($"/v1/responses/resp_{number}")));
        using HttpResponseMessage unknown = await gateway.Client.GetAsync("/v1/responses/resp_9");

        Assert.Equal(maker, following);
        Assert.Equal(replicas.Select(replica => replica.Address), known);
        Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
    }

    // No check comes between: the request itself finds out.
    private static GatewayOptions Slow(GatewayOptions options) => options with { Limits = options.Limits with { CheckInterval = TimeSpan.FromHours(1) } };
}
