using GemmaSharp.Kernels.KeyValues;
using System.Text.Json;
using GemmaSharp.Kernels.Threading;
using GemmaSharp.Loading;
using GemmaSharp.Model;
using GemmaSharp.Model.Config;
using GemmaSharp.Tests.Model;
using GemmaSharp.Tests.Model.Export;

namespace GemmaSharp.Tests.Library.Loading;

/// <summary>What a model needs is told before it is loaded; one that does not fit is refused with what would.</summary>
public sealed class MemoryCheckTests
{
    private const long Million = 1_000_000;
    private static readonly Gemma3nConfig Real = ConfigJson.Read(Fixture.Pocket("config.json")) with
    {
        Text = ManifestShapes.Config(layers: 35, width: 16384, shared: 15), Vision = null, Audio = null,
    };

    [Fact]
    public void Estimate_OfRealShape_TheSumOfItsParts()
    {
        using ManifestShapes source = new(Decoder());
        MemoryEstimate estimate = MemoryEstimate.Of(source, Real, contextLength: 1024, CacheType.F16);

        // 4.49 billion weights of layers, head, AltUp and LAuReL in two bytes.
        Assert.InRange(estimate.Weights, 8970 * Million, 8990 * Million);
        Assert.Equal(0, estimate.Encoders);
        Assert.Equal(2L * 2 * 256 * 2 * 20 * 1024, estimate.KeysAndValues);
        Assert.InRange(estimate.Total - estimate.Weights, 150 * Million, 400 * Million);
    }

    [Fact]
    public void Estimate_SharedLayersAndTheTable_AreNotCounted()
    {
        using ManifestShapes all = new(Decoder());
        using ManifestShapes without = new(
            Decoder(),
            name => name.Contains("embed_tokens_per_layer", StringComparison.Ordinal)
                || (name.Contains("layers.30.", StringComparison.Ordinal) && (name.Contains("k_proj", StringComparison.Ordinal) || name.Contains("v_proj", StringComparison.Ordinal))));

        Assert.True(without.Entries.Count < all.Entries.Count);
        Assert.Equal(ModelMemory.Of(all, Real).Decoder, ModelMemory.Of(without, Real).Decoder);
    }

    [Fact]
    public void KeysAndValues_AfterAFullContext_NoLessThanHeld()
    {
        using TestModel test = TestModel.Load(Fixture.Path("TinyText"));
        int context = int.Min(test.Model.Config.Text.MaxPositionEmbeddings, 300);
        using ModelState state = test.Model.CreateState(context);
        test.Model.Forward(new ModelInput(Enumerable.Repeat(5, context).ToArray()), state, []);

        Assert.InRange(state.Bytes, 1, ModelMemory.KeysAndValues(test.Model.Config.Text, context, context, CacheType.F32));
    }

    [Fact]
    public void Require_EnoughMemory_Passes()
    {
        using ManifestShapes source = new(Decoder());
        using ThreadTeam team = new(1);
        new MemoryCheck(Real, team, CacheType.F16, 20_000 * Million).Require(source, new EngineOptions());
    }

    [Theory]
    [InlineData(9540, 32768, "a context of 16384 tokens")]
    [InlineData(6000, 1024, "quantisation at load to q8_0")]
    [InlineData(3200, 1024, "quantisation at load to q4k")]
    [InlineData(6500, 1024, "the slice 'Config for official E2B Model'")]
    [InlineData(500, 1024, "no smaller context, slice or type of it fits")]
    public void Require_TooLittleMemory_SaysWhatFits(long megabytes, int context, string expected)
    {
        using ManifestShapes source = new(Decoder());
        using ThreadTeam team = new(1);
        InsufficientMemoryException error = Assert.Throws<InsufficientMemoryException>(
            () => new MemoryCheck(Real, team, CacheType.F16, megabytes * Million).Require(source, new EngineOptions { ContextLength = context }));

        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.Contains("needs about", error.Message, StringComparison.Ordinal);
        Assert.Contains("can be had", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Available_OfThisMachine_BetweenNothingAndItsMemory() =>
        Assert.InRange(AvailableMemory.Bytes(), 1, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes);

    [Theory]
    [InlineData("MemAvailable:   24105 kB", 24105L * 1024)]
    [InlineData("MemAvailable: many kB", null)]
    [InlineData("MemFree: 5 kB", null)]
    public void Parse_FactsOfLinux_BytesOrNothing(string line, long? expected) =>
        Assert.Equal(expected, AvailableMemory.Parse(["MemTotal: 1 kB", line]));

    private static JsonElement Decoder() => ManifestShapes.Manifest("gguf-manifest-e4b.json");
}
