namespace GemmaSharp.Tests.Server.Clients;

/// <summary>OpenAI's own JavaScript client against the server.</summary>
public sealed class NodeClientTests
{
    [ProgramFact("node", needsClient: true)]
    public async Task Client_EveryKindOfRequest_IsUnderstood()
    {
        await using ServerRun server = await ServerRun.StartAsync();
        string program = await File.ReadAllTextAsync(Path.Combine(Fixture.Repository, "tests", "GemmaSharp.Tests", "Server", "Clients", "openai.mjs"));

        string written = await ClientRun.RunAsync(
            "node", ["--input-type=module", "-", new Uri(server.Address, "v1").ToString(), Fixture.Pocket("samples")], program, ClientRun.NodeFolder);

        ClientAnswers.Check(written);
        await server.WaitForAsync("gemmasharp_requests_running 0");
        Assert.Empty(server.Log);
    }
}
