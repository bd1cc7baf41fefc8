using System.Text.Json;
using GemmaSharp.Conversion;

namespace GemmaSharp.Tests.Library.Conversion;

/// <summary>A folder converted to GGUF and loaded from there answers as before.</summary>
public sealed class RoundTripTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory().FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Convert_PocketModel_EveryAnswerTheSame()
    {
        using GemmaEngine engine = Load(Fixture.Pocket());
        List<string> wrong = [];
        foreach (JsonElement one in PocketCases.All())
        {
            using ChatSession session = engine.CreateSession();
            JsonElement[] turns = [.. one.GetProperty("turns").EnumerateArray()];
            for (int turn = 0; turn < turns.Length; turn++)
            {
                string text = (await PocketCases.AskAsync(session, turns[turn])).Text;
                if (text != one.GetProperty("answers").GetProperty("Main model")[turn].GetProperty("text").GetString())
                {
                    wrong.Add($"{turns[turn].GetProperty("text")}: {text}");
                }
            }
        }

        Assert.Empty(wrong);
    }

    [Fact]
    public async Task Convert_RandomModel_SameIds()
    {
        using GemmaEngine before = GemmaEngine.Load(Fixture.Path("Gguf", "conv-hf")), after = Load(Fixture.Path("Gguf", "conv-hf"));

        Assert.Equal(await AnswerAsync(before), await AnswerAsync(after));
    }

    private static async Task<List<int>> AnswerAsync(GemmaEngine engine)
    {
        List<int> ids = [];
        using ChatSession session = engine.CreateSession();
        await foreach (GenerationUpdate update in session.SendAsync(ChatMessage.User("the main int"), new GenerationOptions { Temperature = 0, MaxTokens = 40 }))
        {
            ids.AddRange(update.TokenId is int id ? [id] : []);
        }

        return ids;
    }

    private GemmaEngine Load(string source)
    {
        string model = Path.Combine(_folder, "model-bf16.gguf"), projector = Path.Combine(_folder, "mmproj-bf16.gguf");
        GgufConversion.Convert(source, model, new ConversionOptions { OutputType = "bf16" });
        GgufConversion.Convert(source, projector, new ConversionOptions { OutputType = "bf16", Projector = true });
        return GemmaEngine.Load(model);
    }
}
