using System.Text.Json;
using GemmaSharp.Grammar;

namespace GemmaSharp.Tests.Library.Generation.Drafting;

/// <summary>Drafts change nothing that a caller sees: with every option, greedy and drawn, on the trained and on the random model.</summary>
public sealed class DraftedAnswersTests
{
    private const string Schema =
        """{ "type": "object", "properties": { "colors": { "type": "array", "items": { "enum": ["red", "green", "blue"] }, "minItems": 2, "maxItems": 3 }, "anything_to_add": { "type": "string", "maxLength": 9 } }, "required": ["colors", "anything_to_add"] }""";

    private static readonly string[] Prompts = ["Count from 2 to 7.", "Name four colors as JSON.", "Repeat after me: triangle and white", "Good morning!"];
    private static readonly DraftOptions None = new() { Method = "none" };

    public static TheoryData<string, GenerationOptions> Options => new()
    {
        { "greedy", new GenerationOptions { Temperature = 0, IgnoreEos = true, MaxTokens = 50 } },
        { "truncated", new GenerationOptions { Temperature = 1.5, TopK = 50, TopP = 0.95, MinP = 0.01, Seed = 5, IgnoreEos = true, MaxTokens = 40 } },
        { "not truncated", new GenerationOptions { Temperature = 1.4, TopK = 0, Seed = 6, IgnoreEos = true, MaxTokens = 60 } },
        { "penalised", new GenerationOptions { Temperature = 1, RepetitionPenalty = 1.2, PresencePenalty = 0.4, FrequencyPenalty = 0.3, Seed = 7, IgnoreEos = true, MaxTokens = 40 } },
        { "biased", new GenerationOptions { Temperature = 1, LogitBias = new Dictionary<int, float> { [300] = 8, [301] = 8 }, Seed = 8, IgnoreEos = true, MaxTokens = 40 } },
        { "probabilities", new GenerationOptions { Temperature = 0, TopProbabilities = 3, IgnoreEos = true, MaxTokens = 24 } },
        { "stop", new GenerationOptions { Temperature = 0, Stop = ["6", "bl", "g!"], MaxTokens = 30 } },
        { "schema", new GenerationOptions { Temperature = 2, Seed = 9, Grammar = TextGrammar.FromJsonSchema(Schema), MaxTokens = 60 } },
        { "expression", new GenerationOptions { Temperature = 0, Grammar = TextGrammar.FromRegex("(one and two and ){3,9}end"), MaxTokens = 60 } },
    };

    [Theory]
    [MemberData(nameof(Options))]
    public async Task SendAsync_EveryOption_SameUpdatesAsWithoutDrafts(string name, GenerationOptions options)
    {
        using GemmaEngine engine = GemmaEngine.Load(Fixture.Pocket());
        int drafted = 0;
        foreach (string prompt in Prompts)
        {
            (string[] expected, Usage plain) = await DraftedAnswer.AskAsync(engine, ChatMessage.User(prompt), options with { Draft = None });
            Assert.Equal(0, plain.DraftedTokens);
            foreach (int? tokens in (int?[])[1, 4, 32, null])
            {
                (string[] lines, Usage usage) = await DraftedAnswer.AskAsync(engine, ChatMessage.User(prompt), options with { Draft = new DraftOptions { Method = "ngram", Tokens = tokens } });

                Assert.Equal(expected, lines);
                Assert.InRange(usage.AcceptedTokens, 0, usage.DraftedTokens);
                drafted += usage.DraftedTokens;
            }
        }

        Assert.True(drafted > 0, $"nothing was drafted with {name}");
    }

    [Fact]
    public async Task SendAsync_TextThatAGrammarForces_IsDraftedByItself()
    {
        using GemmaEngine engine = GemmaEngine.Load(Fixture.Pocket());
        GenerationOptions options = new() { Temperature = 0, Grammar = TextGrammar.FromRegex("(red|blue) is the colour of the circle that you see in the picture"), Draft = new DraftOptions { Tokens = 16 } };
        (string[] expected, _) = await DraftedAnswer.AskAsync(engine, ChatMessage.User(Prompts[0]), options with { Draft = None });

        (string[] lines, Usage usage) = await DraftedAnswer.AskAsync(engine, ChatMessage.User(Prompts[0]), options);

        Assert.Equal(expected, lines);
        Assert.True(usage.AcceptedTokens >= usage.CompletionTokens / 4, $"{usage.AcceptedTokens} of {usage.CompletionTokens} tokens were drafted");
    }

    [Fact]
    public async Task SendAsync_ConversationsWithMedia_ExpectedAnswersAndSameUseOfTheCache()
    {
        using GemmaEngine engine = GemmaEngine.Load(Fixture.Pocket(), new EngineOptions { Draft = new DraftOptions { Method = "ngram", Tokens = 6 } });
        using GemmaEngine without = GemmaEngine.Load(Fixture.Pocket(), new EngineOptions { Draft = None });
        foreach (JsonElement one in PocketCases.All().Where(one => one.GetProperty("turns").GetArrayLength() > 1).Take(4))
        {
            using ChatSession session = engine.CreateSession(), plain = without.CreateSession();
            foreach (JsonElement turn in one.GetProperty("turns").EnumerateArray())
            {
                (string text, int[] ids, Usage usage) = await PocketCases.AskAsync(session, turn);
                (string expected, int[] expectedIds, Usage expectedUsage) = await PocketCases.AskAsync(plain, turn);

                Assert.Equal(expected, text);
                Assert.Equal(expectedIds, ids);
                Assert.Equal(expectedUsage.CachedTokens, usage.CachedTokens);
            }

            Assert.Equal(plain.CacheBytes, session.CacheBytes);
        }
    }

    [Fact]
    public async Task SendAsync_ManyAtOnceOverSharedBeginnings_EachAsAloneWithoutDrafts()
    {
        using GemmaEngine engine = GemmaEngine.Load(Fixture.Pocket(), new EngineOptions { PrefixCacheBytes = 1L << 30, Draft = new DraftOptions { Method = "ngram", Slice = "Config for half width", Tokens = 6 } });
        using GemmaEngine without = GemmaEngine.Load(Fixture.Pocket(), new EngineOptions { Draft = None, PrefixCacheBytes = 0 });
        GenerationOptions options = new() { Temperature = 0.8, Seed = 4, IgnoreEos = true, MaxTokens = 150, TopProbabilities = 2 };
        Dictionary<string, string[]> expected = [];
        foreach (string prompt in Prompts)
        {
            expected[prompt] = (await DraftedAnswer.AskAsync(without, ChatMessage.User(prompt), options)).Lines;
        }

        int cached = 0, drafted = 0;
        foreach (string[] asked in (string[][])[Prompts, [.. Prompts, .. Prompts]])
        {
            (string[] Lines, Usage Usage)[] found = await Task.WhenAll(asked.Select(prompt => DraftedAnswer.AskAsync(engine, ChatMessage.User(prompt), options)));
            Assert.All(asked.Zip(found), pair => Assert.Equal(expected[pair.First], pair.Second.Lines));
            cached += found.Sum(one => one.Usage.CachedTokens);
            drafted += found.Sum(one => one.Usage.DraftedTokens);
        }

        Assert.True(cached > 0 && drafted > 0, $"{cached} tokens of prompts were shared and {drafted} drafted");
    }

    [Theory]
    [InlineData(3)]
    [InlineData(12)]
    [InlineData(29)]
    public async Task SendAsync_EndedAmongDrafts_NothingOfThemIsLeft(int updates)
    {
        using GemmaEngine engine = GemmaEngine.Load(Fixture.Pocket(), new EngineOptions { Draft = new DraftOptions { Method = "ngram", Slice = "Config for half width", Tokens = 8 } });
        GenerationOptions options = new() { Temperature = 0, IgnoreEos = true, MaxTokens = 40, TopProbabilities = 2 };
        (string[] expected, _) = await DraftedAnswer.AskAsync(engine, ChatMessage.User(Prompts[2]), options with { Draft = None });
        using ChatSession session = engine.CreateSession();
        int left = updates;
        await foreach (GenerationUpdate _ in session.SendAsync(ChatMessage.User(Prompts[2]), options))
        {
            if (--left == 0)
            {
                break;
            }
        }

        (string[] lines, Usage usage) = await DraftedAnswer.AskAsync(session, ChatMessage.User(Prompts[2]), options);

        Assert.Equal(expected, lines);
        Assert.Equal(usage.PromptTokens - 1, usage.CachedTokens);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("q8_0")]
    public async Task SendAsync_ToTheEndOfTheContext_SameTokensAndNoDraftPastIt(string? cache)
    {
        const int context = 300;
        using GemmaEngine engine = GemmaEngine.Load(Fixture.Path("TinyMm"), new EngineOptions { ContextLength = context, CacheType = cache });
        GenerationOptions options = new() { Temperature = 0.4, TopK = 3, Seed = 2, IgnoreEos = true, Draft = None };
        ChatMessage message = ChatMessage.User("Describe a red circle. Describe a red circle. Describe");
        (string[] expected, Usage plain) = await DraftedAnswer.AskAsync(engine, message, options);

        (string[] lines, Usage usage) = await DraftedAnswer.AskAsync(engine, message, options with { Draft = new DraftOptions { Method = "ngram", Tokens = 32 } });

        Assert.Equal(expected, lines);
        Assert.Equal(context, plain.PromptTokens + plain.CompletionTokens);
        Assert.InRange(usage.AcceptedTokens, 1, usage.DraftedTokens - 1);
    }

    [Theory]
    [InlineData("Main model", true)]
    [InlineData("Config for half width", false)]
    [InlineData("Config for small model", false)]
    public async Task SendAsync_SliceDrafts_SameAnswersAndMostComeTrue(string slice, bool whole)
    {
        using GemmaEngine engine = GemmaEngine.Load(Fixture.Pocket());
        int drafted = 0, accepted = 0;
        foreach (JsonElement turn in PocketCases.All().Take(12).Select(one => one.GetProperty("turns")[0]))
        {
            using ChatSession session = engine.CreateSession(), plain = engine.CreateSession();
            (string text, int[] ids, Usage usage) = await PocketCases.AskAsync(session, turn, new GenerationOptions { Draft = new DraftOptions { Slice = slice, Tokens = 4 } });
            (string expected, int[] expectedIds, _) = await PocketCases.AskAsync(plain, turn, new GenerationOptions { Draft = None });

            Assert.Equal(expected, text);
            Assert.Equal(expectedIds, ids);
            drafted += usage.DraftedTokens;
            accepted += usage.AcceptedTokens;
            Assert.True(!whole || usage.AcceptedTokens >= usage.DraftedTokens - 4, $"{usage.AcceptedTokens} of {usage.DraftedTokens} drafts by the model itself came true");
        }

        Assert.InRange(accepted, drafted / 3, drafted);
    }

    [Fact]
    public async Task SendAsync_AnswerBySliceAndDraftsByTheWhole_NoDrafts()
    {
        using GemmaEngine engine = GemmaEngine.Load(Fixture.Pocket());
        GenerationOptions options = new() { Slice = "Config for small model", Temperature = 1, Seed = 3, MaxTokens = 20, Draft = None };
        (string[] expected, _) = await DraftedAnswer.AskAsync(engine, ChatMessage.User(Prompts[0]), options);

        foreach (string slice in (string[])["whole", "Config for small model", "Config for half width"])
        {
            (string[] lines, _) = await DraftedAnswer.AskAsync(engine, ChatMessage.User(Prompts[0]), options with { Draft = new DraftOptions { Slice = slice, Tokens = 3 } });
            Assert.Equal(expected, lines);
        }

        await Assert.ThrowsAsync<InvalidDataException>(() => DraftedAnswer.AskAsync(engine, ChatMessage.User(Prompts[0]), options with { Draft = new DraftOptions { Slice = "tiny" } }));
    }

    [Theory]
    [InlineData("ngrams", 4, "'ngrams' found")]
    [InlineData("ngram", 0, "0 drafts")]
    [InlineData("ngram", 33, "33 drafts")]
    public async Task SendAsync_OptionsThatCannotBeFollowed_SaysWhat(string method, int tokens, string expected)
    {
        DraftOptions draft = new() { Method = method, Tokens = tokens };
        using GemmaEngine engine = GemmaEngine.Load(Fixture.Path("TinyMm"));

        ArgumentException asked = await Assert.ThrowsAsync<ArgumentException>(() => DraftedAnswer.AskAsync(engine, ChatMessage.User("Hello"), new GenerationOptions { Draft = draft }));
        ArgumentException loaded = Assert.Throws<ArgumentException>(() => GemmaEngine.Load(Fixture.Path("TinyMm"), new EngineOptions { Draft = draft }));

        Assert.Contains(expected, asked.Message, StringComparison.Ordinal);
        Assert.Equal(asked.Message, loaded.Message);
    }
}
