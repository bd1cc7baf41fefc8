using System.Net;
using System.Net.Http.Headers;
using Microsoft.AspNetCore.Http;

namespace GemmaSharp.Tests.Gateway;

/// <summary>Draining by an operator, and who may do so.</summary>
public sealed class AdminTests
{
    private const string Key = "key-of-the-operator";

    [Fact]
    public async Task Drain_Replica_GetsNothingNewAndItsStreamEnds()
    {
        TaskCompletionSource end = new();
        FakeReplica[] replicas = await FakeReplica.StartManyAsync(2);
        await using FakeReplica one = replicas[0], other = replicas[1];
        await using GatewayRun gateway = await GatewayRun.StartAsync(replicas, options => options with { AdminKeys = [Key] });
        one.Answer = other.Answer = async http =>
        {
            await http.Response.WriteAsync($"http://127.0.0.1:{http.Connection.LocalPort} ");
            await http.Response.Body.FlushAsync();
            await end.Task;
            await http.Response.WriteAsync("end");
        };
        using HttpResponseMessage running = await gateway.Client.SendAsync(new HttpRequestMessage(HttpMethod.Get, "/v1/models"), HttpCompletionOption.ResponseHeadersRead);
        FakeReplica busy = one.Seen.IsEmpty ? other : one, idle = busy == one ? other : one;

        using HttpResponseMessage drained = await gateway.PostAsync("/gateway/drain", $$"""{"replica": "{{busy.Address}}"}""", Key);
        idle.Answer = null;
        string[] meanwhile = await Task.WhenAll(Enumerable.Range(0, 8).Select(number => gateway.AskAsync($$"""{"user": "{{number}}"}""")));
        end.SetResult();
        string streamed = await running.Content.ReadAsStringAsync();
        busy.Answer = null;
        using HttpResponseMessage resumed = await gateway.PostAsync("/gateway/resume", $$"""{"replica": "{{busy.Address}}"}""", Key);
        string[] after = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => gateway.AskAsync("{}")));

        Assert.Contains("\"draining\":true,\"running\":1", await drained.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.All(meanwhile, name => Assert.Equal(idle.Address, name));
        Assert.Equal($"{busy.Address} end", streamed);
        Assert.Contains(busy.Address, after);
    }

    [Theory]
    [InlineData(null, HttpStatusCode.Unauthorized)]
    [InlineData("key-of-a-client", HttpStatusCode.Unauthorized)]
    [InlineData(Key, HttpStatusCode.OK)]
    public async Task List_OperatorsOnly(string? key, HttpStatusCode status)
    {
        await using FakeReplica one = await FakeReplica.StartAsync();
        await using GatewayRun gateway = await GatewayRun.StartAsync([one], options => options with { ApiKeys = ["key-of-a-client"], AdminKeys = [Key] });
        using HttpRequestMessage request = new(HttpMethod.Get, "/gateway/replicas");
        request.Headers.Authorization = key is null ? null : new AuthenticationHeaderValue("Bearer", key);

        using HttpResponseMessage response = await gateway.Client.SendAsync(request);

        Assert.Equal(status, response.StatusCode);
        Assert.Equal(status == HttpStatusCode.OK, (await response.Content.ReadAsStringAsync()).Contains(one.Address, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Drain_WithoutKeysOrWrongly_Refused()
    {
        await using FakeReplica one = await FakeReplica.StartAsync();
        await using GatewayRun off = await GatewayRun.StartAsync([one]), on = await GatewayRun.StartAsync([one], options => options with { AdminKeys = [Key] });

        Assert.Equal(HttpStatusCode.Forbidden, (await off.PostAsync("/gateway/drain", $$"""{"replica": "{{one.Address}}"}""")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await on.PostAsync("/gateway/drain", """{"replica": "http://10.0.0.1:1"}""", Key)).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await on.PostAsync("/gateway/drain", "nonsense", Key)).StatusCode);
        Assert.Empty(one.Seen);
    }
}
