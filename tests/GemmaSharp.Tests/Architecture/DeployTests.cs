using System.Diagnostics;
using System.Text.RegularExpressions;
using GemmaSharp.Cli.Commands;
using GemmaSharp.Tests.Server;

namespace GemmaSharp.Tests.Architecture;

/// <summary>The files of deploy/ and their page ask the program for nothing that it does not know.</summary>
public sealed partial class DeployTests
{
    private static readonly Dictionary<string, string[]> Known = new[] { Serve.Create(), GemmaSharp.Cli.Commands.Gateway.Create() }
        .ToDictionary(command => command.Name, command => command.Options.SelectMany(option => option.Aliases.Prepend(option.Name)).ToArray());

    public static TheoryData<string, int> Files => new()
    {
        { "Dockerfile", 1 }, { "compose.yaml", 2 }, { "systemd/gemmasharp.service", 1 }, { "systemd/gemmasharp-gateway.service", 1 },
        { "kubernetes/replicas.yaml", 1 }, { "kubernetes/gateway.yaml", 1 },
    };

    [Theory]
    [MemberData(nameof(Files))]
    public void Calls_OfEveryFile_NameOptionsThatExist(string file, int calls)
    {
        Match[] found = Call().Matches(File.ReadAllText(Path.Combine(Fixture.Repository, "deploy", file))).ToArray();

        Assert.Equal(calls, found.Length);
        Assert.All(found, call => Assert.All(Option().Matches(call.Groups["rest"].Value), option => Assert.Contains(option.Value, Known[call.Groups["command"].Value])));
        Assert.All(found, call => Assert.NotEmpty(Option().Matches(call.Groups["rest"].Value)));
    }

    [Fact]
    public void Options_OfThePage_Exist()
    {
        string page = File.ReadAllText(Path.Combine(Fixture.Repository, "docs", "deploy.md"));

        Assert.All(Quoted().Matches(page), option => Assert.Contains(option.Groups[1].Value, Known.Values.SelectMany(names => names)));
        Assert.NotEmpty(Quoted().Matches(page));
    }

    [Fact]
    public async Task HealthCheck_OfTheImage_ZeroOnlyWhenReady()
    {
        await using ServerRun server = await ServerRun.StartAsync();
        int ready = await CheckAsync(server.Address.Port);
        await server.StopAsync();

        Assert.Equal(0, ready);
        Assert.NotEqual(0, await CheckAsync(server.Address.Port));
    }

    private static async Task<int> CheckAsync(int port)
    {
        ProcessStartInfo start = new("bash", [Path.Combine(Fixture.Repository, "deploy", "healthcheck.sh"), $"{port}"]) { RedirectStandardError = true };
        using Process process = Process.Start(start)!;
        await process.WaitForExitAsync();
        return process.ExitCode;
    }

    // A list that begins with a command, or the rest of a unit's line.
    [GeneratedRegex("""(?:\[\s*"?|GemmaSharp\.Cli\.dll )(?<command>serve|gateway)\b(?<rest>[^\]\n]*(?:\n\s[^\]\n]*)*)""")]
    private static partial Regex Call();

    [GeneratedRegex(@"(?<![\w:-])--?[a-z][a-z-]*")]
    private static partial Regex Option();

    [GeneratedRegex("`(--?[a-z][a-z-]*)")]
    private static partial Regex Quoted();
}
