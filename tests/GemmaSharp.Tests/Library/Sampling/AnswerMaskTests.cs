using System.Text.Json;
using GemmaSharp.Grammar;

namespace GemmaSharp.Tests.Library.Sampling;

/// <summary>Answers of the pocket model that a grammar bounds.</summary>
public sealed class AnswerMaskTests
{
    [Fact]
    public async Task SendAsync_Schema_AnswersAreValidAtAnyTemperature()
    {
        using GemmaEngine engine = GemmaEngine.Load(Fixture.Pocket());
        TextGrammar grammar = TextGrammar.FromJsonSchema(
            """{ "properties": { "colors": { "type": "array", "items": { "enum": ["red", "green", "blue"] }, "minItems": 2, "maxItems": 3 }, "note": { "type": "string", "maxLength": 9 } }, "required": ["colors", "note"] }""");

        for (ulong seed = 0; seed < 6; seed++)
        {
            GenerationOptions options = new() { Grammar = grammar, Temperature = 3, TopK = seed % 2 == 0 ? 64 : 0, RepetitionPenalty = 1.3, PresencePenalty = 1, Seed = seed };
            using JsonDocument answer = JsonDocument.Parse(await AnswerAsync(engine, options));
            Assert.InRange(answer.RootElement.GetProperty("colors").GetArrayLength(), 2, 3);
            Assert.InRange(answer.RootElement.GetProperty("note").GetString()!.EnumerateRunes().Count(), 0, 9);
        }
    }

    [Fact]
    public async Task SendAsync_GrammarThatTheAnswerFits_ChangesNothing()
    {
        using GemmaEngine engine = GemmaEngine.Load(Fixture.Pocket());

        string free = await AnswerAsync(engine, new GenerationOptions()), bounded = await AnswerAsync(engine, new GenerationOptions { Grammar = TextGrammar.FromRegex(@"[\s\S]*") });

        Assert.Equal(free, bounded);
    }

    [Fact]
    public async Task SendAsync_GrammarAndNoEnd_Refused()
    {
        using GemmaEngine engine = GemmaEngine.Load(Fixture.Pocket());

        await Assert.ThrowsAsync<ArgumentException>(() => AnswerAsync(engine, new GenerationOptions { Grammar = TextGrammar.Json(), IgnoreEos = true }));
    }

    private static async Task<string> AnswerAsync(GemmaEngine engine, GenerationOptions options)
    {
        using ChatSession chat = engine.CreateSession();
        string text = "";
        await foreach (GenerationUpdate update in chat.SendAsync(ChatMessage.User("Name four colors as JSON."), options))
        {
            text += update.Text;
        }

        return text;
    }
}
