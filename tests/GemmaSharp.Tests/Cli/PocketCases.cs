using System.Text.Json;

namespace GemmaSharp.Tests.Cli;

/// <summary>A turn of an expected conversation with the pocket model.</summary>
internal sealed record PocketTurn(string Text, string Answer, string[] Images, string[] Sounds)
{
    /// <summary>Options of the command line that name its media.</summary>
    public IEnumerable<string> MediaOptions => Images.SelectMany(file => (string[])["--image", file]).Concat(Sounds.SelectMany(file => (string[])["--audio", file]));
}

/// <summary>The conversations of Fixtures/Pocket/expected.json.</summary>
internal static class PocketCases
{
    public static IReadOnlyList<PocketTurn[]> All() => [.. Cases().Select(Read)];

    /// <summary>The answer of a slice to the first conversation that begins with a text.</summary>
    public static string Answer(string text, string slice) => Cases()
        .First(one => one.GetProperty("turns")[0].GetProperty("text").GetString() == text)
        .GetProperty("answers").GetProperty(slice)[0].GetProperty("text").GetString()!;

    private static JsonElement.ArrayEnumerator Cases() =>
        JsonDocument.Parse(File.ReadAllText(Fixture.Path("Pocket", "expected.json"))).RootElement.GetProperty("cases").EnumerateArray();

    private static PocketTurn[] Read(JsonElement one)
    {
        JsonElement answers = one.GetProperty("answers").GetProperty("Main model");
        return [.. one.GetProperty("turns").EnumerateArray().Select((turn, at) => new PocketTurn(
            turn.GetProperty("text").GetString()!, answers[at].GetProperty("text").GetString()!, Files(turn, "images"), Files(turn, "audio")))];
    }

    private static string[] Files(JsonElement turn, string field) =>
        turn.TryGetProperty(field, out JsonElement files) ? [.. files.EnumerateArray().Select(file => Fixture.Pocket("samples", file.GetString()!))] : [];
}
