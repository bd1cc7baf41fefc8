using System.Text;
using System.Text.Json;

namespace GemmaSharp.Tests.Library;

/// <summary>The trained model's answers, word for word and id for id, over whole conversations.</summary>
public sealed class PocketAnswersTests
{
    [Theory]
    [InlineData(null)]
    [InlineData("Main model")]
    [InlineData("Config for half width")]
    [InlineData("Config for small model")]
    [InlineData("Config for mixed width")]
    public async Task SendAsync_EveryExpectedConversation_SameIdsAndText(string? slice)
    {
        using GemmaEngine engine = GemmaEngine.Load(Fixture.Pocket(), new EngineOptions { Slice = slice });
        List<string> wrong = [];
        foreach (JsonElement one in PocketCases.All())
        {
            using ChatSession session = engine.CreateSession();
            JsonElement[] turns = [.. one.GetProperty("turns").EnumerateArray()];
            for (int turn = 0; turn < turns.Length; turn++)
            {
                JsonElement expected = one.GetProperty("answers").GetProperty(slice ?? "Main model")[turn];
                (string text, int[] ids, Usage usage) = await PocketCases.AskAsync(session, turns[turn]);
                bool same = text == expected.GetProperty("text").GetString()
                    && ids.SequenceEqual(expected.GetProperty("ids").EnumerateArray().Select(id => id.GetInt32()))
                    && usage.PromptTokens == expected.GetProperty("prompt_tokens").GetInt32();
                if (!same)
                {
                    wrong.Add($"{turns[turn].GetProperty("text")}: {text}");
                }
            }
        }

        Assert.Empty(wrong);
    }

    [Fact]
    public async Task SendAsync_SecondTurn_ComputesOnlyWhatIsNew()
    {
        using GemmaEngine engine = GemmaEngine.Load(Fixture.Pocket());
        using ChatSession session = engine.CreateSession();
        JsonElement[] turns = [.. PocketCases.All().First(one => one.GetProperty("turns").GetArrayLength() == 3).GetProperty("turns").EnumerateArray()];
        (_, int[] ids, Usage first) = await PocketCases.AskAsync(session, turns[0]);

        (_, _, Usage second) = await PocketCases.AskAsync(session, turns[1]);

        Assert.InRange(second.CachedTokens, first.PromptTokens + ids.Length - 1, second.PromptTokens - 1);
    }

    [Fact]
    public async Task SendAsync_SeveralSessionsAtOnce_SameAnswersAsAlone()
    {
        using GemmaEngine engine = GemmaEngine.Load(Fixture.Pocket());
        JsonElement[] cases = [.. PocketCases.All().Where(one => one.GetProperty("turns").GetArrayLength() == 1).TakeLast(6)];

        string[] answers = await Task.WhenAll(cases.Select(async one =>
        {
            using ChatSession session = engine.CreateSession();
            return (await PocketCases.AskAsync(session, one.GetProperty("turns")[0])).Text;
        }));

        Assert.Equal(cases.Select(one => one.GetProperty("answers").GetProperty("Main model")[0].GetProperty("text").GetString()), answers);
    }

    [Fact]
    public async Task SendAsync_PromptBeyondContext_SaysBothNumbers()
    {
        using GemmaEngine engine = GemmaEngine.Load(Fixture.Pocket(), new EngineOptions { ContextLength = 8 });
        using ChatSession session = engine.CreateSession();

        InvalidDataException error = await Assert.ThrowsAsync<InvalidDataException>(async () =>
        {
            await foreach (GenerationUpdate update in session.SendAsync(ChatMessage.User("Count from 2 to 7.")))
            {
                Assert.Null(update.FinishReason);
            }
        });

        Assert.Contains("the context holds 8", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SendAsync_SameSeed_SameAnswer()
    {
        using GemmaEngine engine = GemmaEngine.Load(Fixture.Pocket());
        GenerationOptions options = new() { Temperature = 2, TopK = 50, Seed = 7, MaxTokens = 30 };
        List<string> answers = [];
        for (int run = 0; run < 2; run++)
        {
            using ChatSession session = engine.CreateSession();
            StringBuilder text = new();
            await foreach (GenerationUpdate update in session.SendAsync(ChatMessage.User("Good morning!"), options))
            {
                text.Append(update.Text);
            }

            answers.Add(text.ToString());
        }

        Assert.Equal(answers[0], answers[1]);
    }
}
