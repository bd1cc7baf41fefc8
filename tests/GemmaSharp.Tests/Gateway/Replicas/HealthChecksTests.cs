using GemmaSharp.Gateway.Replicas;

namespace GemmaSharp.Tests.Gateway.Replicas;

/// <summary>Which replicas there are, and which of them are ready.</summary>
public sealed class HealthChecksTests
{
    [Fact]
    public async Task Check_ReplicaThatSaysNo_LeftOutUntilItSaysYes()
    {
        FakeReplica[] replicas = await FakeReplica.StartManyAsync(2);
        await using FakeReplica one = replicas[0], other = replicas[1];
        await using GatewayRun gateway = await GatewayRun.StartAsync(replicas);

        one.IsReady = false;
        await gateway.LoggedAsync($"{one.Address}: not ready");
        string[] meanwhile = [.. await AskAsync(gateway, 6)];
        gateway.Log.Clear();
        one.IsReady = true;
        await gateway.LoggedAsync($"{one.Address}: ready");
        string[] after = [.. await AskAsync(gateway, 6)];

        Assert.All(meanwhile, name => Assert.Equal(other.Address, name));
        Assert.Contains(one.Address, after);
    }

    [Fact]
    public async Task ReplicaFile_Changed_ReadAgainAndKeptWhenItIsWrong()
    {
        FakeReplica[] replicas = await FakeReplica.StartManyAsync(2);
        await using FakeReplica one = replicas[0], other = replicas[1];
        string file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, $"# replicas\n{one.Address}\n");
        await using GatewayRun gateway = await GatewayRun.StartAsync(Array.Empty<string>(), options => options with { ReplicaFile = file });
        string[] before = [.. await AskAsync(gateway, 4)];

        await File.WriteAllTextAsync(file, $"{other.Address}  # the new one\n");
        await gateway.LoggedAsync($"{other.Address}: ready");
        string[] after = [.. await AskAsync(gateway, 4)];
        await File.WriteAllTextAsync(file, "no address");
        await gateway.LoggedAsync("stays as it was: replica 'no address' found, http://HOST:PORT or https://HOST:PORT expected");
        string[] still = [.. await AskAsync(gateway, 4)];
        File.Delete(file);

        Assert.All(before, name => Assert.Equal(one.Address, name));
        Assert.All(after.Concat(still), name => Assert.Equal(other.Address, name));
    }

    [Fact]
    public void See_SilenceOfABusyMachine_ForgivenTwice()
    {
        Replica replica = new(new Uri("http://10.0.0.1:8080"));
        replica.See(true);

        Assert.Equal([false, false, true], new[] { replica.See(null), replica.See(null), replica.See(null) });
        Assert.False(replica.IsReady);
    }

    [Theory]
    [InlineData("10.0.0.1:8080")]
    [InlineData("ftp://10.0.0.1")]
    [InlineData("http://10.0.0.1/v1")]
    [InlineData("http://user@10.0.0.1")]
    public void Parse_OtherForm_Refused(string text) => Assert.Contains(text, Assert.Throws<ArgumentException>(() => ReplicaSet.Parse(text)).Message, StringComparison.Ordinal);

    private static async Task<List<string>> AskAsync(GatewayRun gateway, int times)
    {
        List<string> names = [];
        for (int number = 0; number < times; number++)
        {
            names.Add(await gateway.AskAsync("{}"));
        }

        return names;
    }
}
