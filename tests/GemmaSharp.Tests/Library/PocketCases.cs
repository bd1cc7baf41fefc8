using System.Text;
using System.Text.Json;

namespace GemmaSharp.Tests.Library;

/// <summary>The trained model's expected conversations.</summary>
internal static class PocketCases
{
    /// <summary>The conversations with their answers.</summary>
    public static JsonElement[] All() =>
        [.. JsonDocument.Parse(File.ReadAllText(Fixture.Path("Pocket", "expected.json"))).RootElement.GetProperty("cases").EnumerateArray()];

    /// <summary>Sends one turn, with its media.</summary>
    public static async Task<(string Text, int[] Ids, Usage Usage)> AskAsync(ChatSession session, JsonElement turn, GenerationOptions? options = null)
    {
        List<ContentPart> media = [];
        foreach ((string field, bool image) in (ReadOnlySpan<(string, bool)>)[("images", true), ("audio", false)])
        {
            if (turn.TryGetProperty(field, out JsonElement files))
            {
                media.AddRange(files.EnumerateArray().Select(file => Fixture.Pocket("samples", file.GetString()!)).Select(path => image ? ContentPart.Image(path) : ContentPart.Audio(path)));
            }
        }

        StringBuilder text = new();
        List<int> ids = [];
        Usage usage = new();
        await foreach (GenerationUpdate update in session.SendAsync(ChatMessage.User(turn.GetProperty("text").GetString()!, media), options))
        {
            text.Append(update.Text);
            ids.AddRange(update.TokenId is int id ? [id] : []);
            usage = update.Usage ?? usage;
        }

        return (text.ToString(), [.. ids], usage);
    }
}
