using GemmaSharp.Loading;
using GemmaSharp.Model.Config;
using GemmaSharp.Model.MatFormer;
using GemmaSharp.Tests.Model.Export;
using GemmaSharp.Tokenization;

namespace GemmaSharp.Tests.Library.Loading;

/// <summary>What is chosen of a model of real shape for an amount of memory.</summary>
public sealed class MemoryChoiceTests
{
    private const long Million = 1_000_000;

    [Theory]
    [InlineData(20_000, 3_980, 32768, "F32")]
    [InlineData(9_700, 3_980, 4096, "F32")]
    [InlineData(7_300, 2_700, 4096, "F32")]
    [InlineData(5_700, 1_905, 4096, "F32")]
    public void Make_LessMemory_SmallerSliceAndContextBeforeASmallerCache(long megabytes, long leastMillions, int leastContext, string cache)
    {
        LoadPlan plan = Make(new EngineOptions { MemoryLimit = megabytes * Million });

        Assert.InRange(Effective(plan), leastMillions * Million, 3_990 * Million);
        Assert.InRange(plan.Options.ContextLength!.Value, leastContext, 32768);
        Assert.Equal(cache, plan.Options.CacheType);
    }

    [Fact]
    public void Make_AnyLimit_MoreMemoryNeverGivesASmallerSlice()
    {
        long before = 0;
        for (long limit = 5_700; limit <= 10_200; limit += 500)
        {
            LoadPlan plan = Make(new EngineOptions { MemoryLimit = limit * Million });

            Assert.InRange(Effective(plan), before, 3_990 * Million);
            Assert.Contains("will be held", plan.Notice, StringComparison.Ordinal);
            before = Effective(plan);
        }
    }

    [Fact]
    public void Make_WhatTheOptionsFix_StaysFixed()
    {
        LoadPlan plan = Make(new EngineOptions
        {
            MemoryLimit = 8_000 * Million, Slice = "Config for official E2B Model", ContextLength = 1000, CacheType = "q8_0", Encoders = "keep", MaxImagePixels = 500,
        });

        Assert.Equal("Config for official E2B Model", plan.Slice!.Name);
        Assert.Equal((1000, "Q8_0", "keep", 500), (plan.Options.ContextLength, plan.Options.CacheType, plan.Options.Encoders, plan.Options.MaxImagePixels));
    }

    [Fact]
    public void Make_QuantisedAtLoad_MoreOfTheModelFits()
    {
        LoadPlan plan = Make(new EngineOptions { MemoryLimit = 3_000 * Million, Quantization = "q4k" });

        Assert.InRange(Effective(plan), 2_700 * Million, 3_990 * Million);
    }

    [Fact]
    public void Make_SeveralConversations_ShareTheRoom()
    {
        LoadPlan one = Make(new EngineOptions { MemoryLimit = 9_600 * Million }), four = Make(new EngineOptions { MemoryLimit = 9_600 * Million, Conversations = 4 });

        Assert.True(four.Options.ContextLength < one.Options.ContextLength || Effective(four) < Effective(one));
    }

    [Fact]
    public void Make_PrefixCacheLeftOpen_BoundedByWhatIsLeft()
    {
        EngineOptions options = new() { MemoryLimit = 9_700 * Million, PrefixCacheBytes = null };
        LoadPlan open = Make(options), none = Make(options with { PrefixCacheBytes = 0 });

        Assert.InRange(open.Options.PrefixCacheBytes!.Value, 1, 9_700 * Million / 4);
        Assert.InRange(open.Options.ContextLength!.Value, 4096, none.Options.ContextLength!.Value);
        Assert.Contains("for prompts that begin alike; at most 9.", open.Notice, StringComparison.Ordinal);
        Assert.DoesNotContain("begin alike", none.Notice, StringComparison.Ordinal);
    }

    [Fact]
    public void Make_RoomBeyondTheLongestContext_GoesIntoThePrefixCache()
    {
        LoadPlan plan = Make(new EngineOptions { MemoryLimit = 12_500 * Million, PrefixCacheBytes = null });

        Assert.Equal(32768, plan.Options.ContextLength);
        Assert.InRange(plan.Options.PrefixCacheBytes!.Value, 100 * Million, 4L << 30);
    }

    [Fact]
    public void Make_PrefixCacheGiven_CountedAndKept()
    {
        LoadPlan none = Make(new EngineOptions { MemoryLimit = 9_700 * Million }), given = Make(new EngineOptions { MemoryLimit = 9_700 * Million, PrefixCacheBytes = 900 * Million });

        Assert.Equal(900 * Million, given.Options.PrefixCacheBytes);
        Assert.True(given.Options.ContextLength < none.Options.ContextLength || Effective(given) < Effective(none));
    }

    [Fact]
    public void Make_TooLittle_SaysWhatTheLeastNeeds()
    {
        InsufficientMemoryException error = Assert.Throws<InsufficientMemoryException>(() => Make(new EngineOptions { MemoryLimit = 500 * Million }));

        Assert.Contains("does not fit into 500 MB of memory: the slice 'Config for official E2B Model' with a context of 256 tokens cached as Q8_0 needs 5.", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true, null, null, "exclude one another")]
    [InlineData(false, "Main model", 5L, "both choose a slice")]
    public void Make_OptionsThatContradict_Refused(bool map, string? slice, long? effective, string reason) => Assert.Contains(
        reason,
        Assert.Throws<ArgumentException>(() => Make(new EngineOptions { MemoryLimit = 9_000 * Million, MapFiles = map, Slice = slice, EffectiveParameters = effective })).Message,
        StringComparison.Ordinal);

    private static long Effective(LoadPlan plan) => ParameterCount.Of(plan.Slice?.Config ?? ManifestShapes.Config(layers: 35, width: 16384, shared: 15)).Effective;

    private static LoadPlan Make(EngineOptions options)
    {
        using ModelFiles files = new()
        {
            Config = ConfigJson.Read(Fixture.Pocket("config.json")) with { Text = ManifestShapes.Config(layers: 35, width: 16384, shared: 15), Vision = null, Audio = null },
            ReadTokenizer = Task.FromResult<Tokenizer?>(null),
            Template = null,
            Generation = new GenerationConfig(),
            Processor = new ProcessorConfig(),
            Source = new ManifestShapes(ManifestShapes.Manifest("gguf-manifest-e4b.json")),
        };
        return LoadPlan.Make("/nowhere/model.gguf", files, options);
    }
}
