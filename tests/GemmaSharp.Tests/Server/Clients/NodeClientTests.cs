using System.Text.Json;

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

        JsonElement found = JsonElement.Parse(written);
        const string counted = "2, 3, 4, 5, 6, 7, 8.";
        Assert.All((string[])["text", "streamed", "response"], name => Assert.Equal(counted, found.GetProperty(name).GetString()));
        Assert.Equal("A small yellow cross at the bottom right.", found.GetProperty("image").GetString());
        Assert.All((string[])["audio", "transcript"], name => Assert.Equal("purple circle", found.GetProperty(name).GetString()));
        Assert.InRange(found.GetProperty("streamedTokens").GetInt32(), counted.Length / 2, counted.Length + 2);
        Assert.All(
            [found.GetProperty("schema"), found.GetProperty("tool").GetProperty("arguments")],
            json => Assert.Contains(JsonElement.Parse(json.GetString() ?? "").GetProperty("colour").GetString(), (string[])["red", "blue"]));
        Assert.Equal(("paint", "tool_calls"), (found.GetProperty("tool").GetProperty("name").GetString(), found.GetProperty("reason").GetString()));
        Assert.Equal("[0,1,2]", found.GetProperty("choices").GetRawText());
        Assert.True(found.GetProperty("follows").GetBoolean());
        Assert.Equal("[\"pocket\"]", found.GetProperty("models").GetRawText());
        Assert.Equal("[\"NotFoundError\",404,\"model_not_found\"]", found.GetProperty("error").GetRawText());
        await server.WaitForAsync("gemmasharp_requests_running 0");
        Assert.Empty(server.Log);
    }
}
