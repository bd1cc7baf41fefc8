using GemmaSharp.Model.Config;
using GemmaSharp.Model.MatFormer;
using GemmaSharp.Tests.Model.Export;

namespace GemmaSharp.Tests.Model.MatFormer;

/// <summary>The largest slice below a number of parameters, of the published table.</summary>
public sealed class SliceMixTests
{
    private const long WideLayer = 3L * 2048 * 8192; // what a layer of twice the width has more
    private static readonly TextConfig Parent = ManifestShapes.Config(layers: 35, width: 16384, shared: 15);
    private static readonly SliceCatalog Catalog = new(Parent, PublishedSlices.Read(), "E4B");

    [Theory]
    [InlineData("Main model")]
    [InlineData("Config for official E2B Model")]
    [InlineData("Config for E2.54B (layer-level)")]
    public void Largest_ExactlyASlicesNumber_ThatSlice(string name)
    {
        long effective = ParameterCount.Of(Catalog.Find(name).Config).Effective;

        Assert.Equal(name, SliceMix.Largest(Catalog, effective).Name);
    }

    [Fact]
    public void Largest_BetweenTwoSlices_FullLayersOfTheNextWidenedFirst()
    {
        SlicePlan below = Catalog.Find("Config for E2.73B (block-level)"), next = Catalog.Find("Config for E2.98B (layer-level)");
        long most = ParameterCount.Of(below.Config).Effective + (3 * WideLayer);

        SlicePlan found = SliceMix.Largest(Catalog, most);

        // 30 to 34 are narrow in the one and wide in the other; 34 is a full-attention layer.
        Assert.Equal([30, 31, 34], Enumerable.Range(0, 35).Where(layer => found.Config.IntermediateSizes[layer] > below.Config.IntermediateSizes[layer]));
        Assert.True(found.Config.IntermediateSizes.Zip(next.Config.IntermediateSizes).All(pair => pair.First <= pair.Second));
        Assert.Equal(most, ParameterCount.Of(found.Config).Effective);
        Assert.Equal("ffn=8192x15,16384x10,8192x5,16384x2,8192x2,16384", found.Name);
        Assert.Equal(found.Config.IntermediateSizes, Catalog.Find(found.Name).Config.IntermediateSizes);
    }

    [Fact]
    public void Largest_AnyNumber_NotAboveItAndNoLayerShortOfIt()
    {
        for (long most = 1_900_000_000; most < 4_000_000_000; most += 37_000_000)
        {
            if (most < ParameterCount.Of(Catalog.Find("Config for official E2B Model").Config).Effective)
            {
                continue;
            }

            SlicePlan found = SliceMix.Largest(Catalog, most);

            Assert.InRange(ParameterCount.Of(found.Config).Effective, 1, most);
            Assert.All(Catalog.Fitting(), plan => Assert.False(
                ParameterCount.Of(plan.Config).Effective <= most && ParameterCount.Of(plan.Config).Effective > ParameterCount.Of(found.Config).Effective));
        }
    }

    [Fact]
    public void Largest_BelowTheSmallest_NamesIt() => Assert.Contains(
        "the smallest, 'Config for official E2B Model', has 19",
        Assert.Throws<InvalidDataException>(() => SliceMix.Largest(Catalog, 1_000_000_000)).Message, StringComparison.Ordinal);

    [Fact]
    public void Fitting_TableOfAnotherModel_TheWholeModelAlone()
    {
        SliceCatalog other = new(ConfigJson.Read(Fixture.Pocket("config.json")).Text, PublishedSlices.Read(), "pocket");

        Assert.True(Assert.Single(other.Fitting()).IsWhole);
    }
}
