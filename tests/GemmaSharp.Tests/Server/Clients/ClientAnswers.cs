using System.Text.Json;

namespace GemmaSharp.Tests.Server.Clients;

/// <summary>What the programs with OpenAI's clients must have understood, in whatever language.</summary>
internal static class ClientAnswers
{
    /// <summary>Checks the JSON that such a program has written.</summary>
    public static void Check(string written)
    {
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
        Assert.Equal([0, 1, 2], found.GetProperty("choices").EnumerateArray().Select(choice => choice.GetInt32()));
        Assert.True(found.GetProperty("follows").GetBoolean());
        Assert.Equal(ServerRun.Model, Assert.Single(found.GetProperty("models").EnumerateArray()).GetString());
        Assert.Equal(["NotFoundError", "404", "model_not_found"], found.GetProperty("error").EnumerateArray().Select(part => part.ToString()));
    }
}
