using System.Text.Json;
using GemmaSharp.Generation;
using GemmaSharp.Prefixes;
using GemmaSharp.Prompting;

namespace GemmaSharp.Tests.Library.Prefixes;

/// <summary>Answers with the cache of beginnings and without it, on the trained model: the same tokens with the same probabilities, bit for bit.</summary>
public sealed class SharedAnswersTests
{
    private const long Much = 1L << 30;
    private static readonly GenerationOptions Options = new() { Temperature = 0.8f, Seed = 7, MaxTokens = 24, TopProbabilities = 3 };

    [Theory]
    [InlineData("f32", null, Much)]
    [InlineData("f16", null, Much)]
    [InlineData("bf16", null, Much)]
    [InlineData("q8_0", null, Much)]
    [InlineData(null, "q8_0", Much)]
    [InlineData(null, "q4k", Much)]
    [InlineData("f32", null, 400_000)]
    public void Generate_ConversationsTwice_SameBitsAsWithoutTheCache(string? cacheType, string? quantization, long bytes)
    {
        EngineOptions options = new() { CacheType = cacheType, Quantization = quantization };
        using GemmaEngine alone = GemmaEngine.Load(Fixture.Pocket(), options), shared = GemmaEngine.Load(Fixture.Pocket(), options with { PrefixCacheBytes = bytes });
        int cached = 0;
        foreach (ChatMessage[] messages in Conversations())
        {
            (string expected, _) = Answer(alone, messages);
            for (int round = 0; round < 2; round++)
            {
                (string found, Usage usage) = Answer(shared, messages);
                Assert.Equal(expected, found);
                cached += usage.CachedTokens;
            }

            Assert.InRange(shared.Prefixes!.Bytes, 0, bytes);
        }

        Assert.InRange(cached, bytes == Much ? 2000 : 100, int.MaxValue);
        Assert.Equal(shared.Prefixes!.Bytes, shared.KeyValueBytes);
        shared.Prefixes.Dispose();
        Assert.Equal(0, shared.KeyValueBytes);
    }

    [Fact]
    public void Generate_SameAgain_AllButTheLastTokenIsThere()
    {
        using GemmaEngine engine = GemmaEngine.Load(Fixture.Pocket(), new EngineOptions { PrefixCacheBytes = Much });
        ChatMessage[] messages = [Scene(0)];

        Usage first = Answer(engine, messages).Usage, second = Answer(engine, messages).Usage, other = Answer(engine, messages, owner: 2).Usage;

        Assert.Equal((0, first.PromptTokens - 1, 0), (first.CachedTokens, second.CachedTokens, other.CachedTokens));
    }

    [Fact]
    public void Generate_AnotherPicture_NothingFromItOn()
    {
        using GemmaEngine engine = GemmaEngine.Load(Fixture.Pocket(), new EngineOptions { PrefixCacheBytes = Much }), alone = GemmaEngine.Load(Fixture.Pocket());
        Answer(engine, [Scene(0)]);
        int before = Array.FindIndex(engine.Prompts.Encode([Scene(0)]), engine.Model.IsPlaceholder);

        (string found, Usage usage) = Answer(engine, [Scene(1)]);

        Assert.Equal(before, usage.CachedTokens);
        Assert.Equal(Answer(alone, [Scene(1)]).Text, found);
    }

    [Fact]
    public void Generate_PictureOfTheSameBytesEncodedAnew_IsFound()
    {
        using GemmaEngine engine = GemmaEngine.Load(Fixture.Pocket(), new EngineOptions { PrefixCacheBytes = Much });
        Prompt prompt = PromptPreparation.Prepare(engine, [Scene(0)], 0, CancellationToken.None);
        Answer(engine, prompt);
        EncodedMedia anew = new(prompt.Media[0].Kind, [.. prompt.Media[0].Rows]), changed = new(prompt.Media[0].Kind, [.. prompt.Media[0].Rows]);
        changed.Rows[^1] += 1;

        Assert.Equal(prompt.Ids.Length - 1, Answer(engine, prompt with { Media = [anew] }).Usage.CachedTokens);
        Assert.InRange(Answer(engine, prompt with { Media = [changed] }).Usage.CachedTokens, 1, 20);
    }

    [Fact]
    public void Generate_PromptPastTheWindow_SameBitsFromEveryBeginning()
    {
        using GemmaEngine engine = GemmaEngine.Load(Fixture.Pocket(), new EngineOptions { PrefixCacheBytes = Much }), alone = GemmaEngine.Load(Fixture.Pocket());
        int[] ids = [.. Enumerable.Range(0, 1700).Select(at => 16 + (at * 7 % 256))];
        Answer(engine, new Prompt(ids, []));
        foreach (int common in (int[])[127, 128, 700, 1024, 1500, 1699])
        {
            Prompt prompt = new([.. ids[..common], 40, 41, 42], []);
            (string text, Usage usage) = Answer(engine, prompt);
            Assert.Equal(Answer(alone, prompt).Text, text);
            Assert.Equal(common, usage.CachedTokens);
        }
    }

    [Fact]
    public async Task Generate_ManyThreadsWithCommonBeginnings_SameBitsAndBeginningsComputedOnce()
    {
        const int askers = 6;
        using GemmaEngine engine = GemmaEngine.Load(Fixture.Pocket(), new EngineOptions { PrefixCacheBytes = Much }), alone = GemmaEngine.Load(Fixture.Pocket());
        int[] system = [.. Enumerable.Range(0, 1300).Select(at => 16 + (at * 7 % 256))];
        Prompt[] prompts = [.. Enumerable.Range(0, askers).Select(asker => new Prompt([.. system, 50 + asker, 60 + asker], []))];

        (string Text, Usage Usage)[] found = await Task.WhenAll(prompts.Select(prompt => Task.Run(() => Answer(engine, prompt))));

        Assert.All(prompts.Zip(found), pair => Assert.Equal(Answer(alone, pair.First).Text, pair.Second.Text));
        Assert.InRange(found.Sum(one => one.Usage.PromptTokens - one.Usage.CachedTokens), system.Length, system.Length + (askers * (system.Length % 128 + 2)));
        Assert.Equal(engine.Prefixes!.Bytes, engine.KeyValueBytes);
    }

    [Fact]
    public async Task Generate_EndedEarly_WhatWasComputedIsThere()
    {
        using GemmaEngine engine = GemmaEngine.Load(Fixture.Pocket(), new EngineOptions { PrefixCacheBytes = Much });
        Prompt prompt = PromptPreparation.Prepare(engine, [Scene(0)], 0, CancellationToken.None);
        using (Sequence sequence = new(engine, new PrefixTag(1)))
        {
            UpdateStream answer = new(cancel => sequence.Generate(prompt, Options, cancel), CancellationToken.None);
            await foreach (GenerationUpdate _ in answer.ReadAsync())
            {
                break;
            }
        }

        Assert.Equal(prompt.Ids.Length - 1, Answer(engine, prompt).Usage.CachedTokens);
    }

    [Fact]
    public async Task SendAsync_SessionsThatBeginAlike_ShareWhatOneComputed()
    {
        using GemmaEngine engine = GemmaEngine.Load(Fixture.Pocket(), new EngineOptions { PrefixCacheBytes = Much });
        JsonElement turn = PocketCases.All()[0].GetProperty("turns")[0];
        using ChatSession first = engine.CreateSession(), second = engine.CreateSession();

        (string text, _, Usage usage) = await PocketCases.AskAsync(first, turn);
        (string again, _, Usage shared) = await PocketCases.AskAsync(second, turn);

        Assert.Equal((text, 0, usage.PromptTokens - 1), (again, usage.CachedTokens, shared.CachedTokens));
    }

    [Fact]
    public void Load_NegativeBytes_Refused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => GemmaEngine.Load(Fixture.Pocket(), new EngineOptions { PrefixCacheBytes = -1 }));

    [Fact]
    public void UsualBytes_AQuarterOfWhatIsFree_Bounded() =>
        Assert.Equal([0, 1L << 28, 4L << 30], new[] { -5, 1L << 30, 1L << 40 }.Select(PrefixCache.UsualBytes));

    private static IEnumerable<ChatMessage[]> Conversations()
    {
        ChatMessage sound = ChatMessage.User("Transcribe the audio.", ContentPart.Audio(Fixture.Pocket("samples", "speech-0.wav")));
        ChatMessage more = ChatMessage.User("How many shapes do you see?"), told = ChatMessage.Assistant("A large blue square at the top.");
        yield return [Scene(0)];
        yield return [Scene(0), told, more];
        yield return [Scene(1)];
        yield return [Scene(0), told, sound];
        yield return [sound];
        yield return [Scene(0), told, Scene(2)];
        yield return [ChatMessage.User("Count from 2 to 7.")];
        yield return [ChatMessage.User("Count from 6 to 11.")];
    }

    private static ChatMessage Scene(int number) => ChatMessage.User("Describe the image.", ContentPart.Image(Fixture.Pocket("samples", $"scene-{number}.png")));

    private static (string Text, Usage Usage) Answer(GemmaEngine engine, ChatMessage[] messages, int owner = 1) =>
        Answer(engine, PromptPreparation.Prepare(engine, messages, 0, CancellationToken.None), owner);

    // Tokens and their probabilities as text that is equal only where the bits are.
    private static (string Text, Usage Usage) Answer(GemmaEngine engine, Prompt prompt, int owner = 1)
    {
        using Sequence sequence = new(engine, new PrefixTag(owner));
        GenerationUpdate[] updates = [.. sequence.Generate(prompt, Options, CancellationToken.None)];
        return (string.Join('\n', updates.Select(update => $"{update.TokenId} {update.Probabilities?.Token:R} {string.Join(' ', update.Probabilities?.Most ?? [])}")), updates[^1].Usage!);
    }
}
