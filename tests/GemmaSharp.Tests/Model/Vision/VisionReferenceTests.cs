using CsCheck;
using GemmaSharp.Kernels.Threading;
using GemmaSharp.Model.Vision;
using GemmaSharp.Weights;

namespace GemmaSharp.Tests.Model.Vision;

/// <summary>Image towers of random arrangements against a second implementation in double precision.</summary>
public sealed class VisionReferenceTests
{
    // Values have magnitude 1. Where the few channels of a pixel nearly cancel, norms amplify float32 noise: the mean is held tightly,
    // the largest loosely. A mistake shows as 1e-2 everywhere.
    private const double MeanTolerance = 5e-5;
    private const double LargestTolerance = 3e-3;
    private const int Shapes = 40;

    [Fact]
    public void Forward_RandomArrangements_EqualSecondImplementation() =>
        Gen.Int[0, int.MaxValue].Sample(seed => Compare(seed), iter: Shapes, threads: 1, seed: "0N0XIzNsQ0O2");

    [Fact]
    public void Load_KeysHalvedAndValuesNot_SaysSo()
    {
        using MemoryWeights weights = FirstWithHalvedAttention(out string attention);
        weights.Remove($"{attention}.value.down_conv.weight");
        using ThreadTeam team = new(1);

        WeightException error = Assert.Throws<WeightException>(() => VisionTower.Load(new WeightScope(weights), team));

        Assert.Contains("down_conv", error.Message, StringComparison.Ordinal);
    }

    private static MemoryWeights FirstWithHalvedAttention(out string attention)
    {
        const string halved = ".value.down_conv.weight";
        for (int seed = 0; ; seed++)
        {
            MemoryWeights weights = new();
            _ = new VisionReference(new Random(seed), weights);
            if (weights.Entries.FirstOrDefault(one => one.Name.EndsWith(halved, StringComparison.Ordinal)) is WeightEntry entry)
            {
                attention = entry.Name[..^halved.Length];
                return weights;
            }
        }
    }

    private static void Compare(int seed)
    {
        Random random = new(seed);
        using MemoryWeights weights = new();
        VisionReference reference = new(random, weights);
        int height = random.Next(3, 90), width = random.Next(3, 90);
        FeatureMap picture = new(height, width, 3);
        VisionReference.Map same = new(3, height, width);
        for (int at = 0; at < picture.Values.Length; at++)
        {
            picture.Values[at] = random.NextSingle();
            same[at % 3, at / 3 / width, at / 3 % width] = picture.Values[at];
        }

        using ThreadTeam team = new(2);
        WeightScope scope = new(weights);
        using VisionTower tower = VisionTower.Load(scope, team);
        float[] found = tower.Forward(picture, tap: null).ToPlanar();

        VisionReference.Map expected = reference.Forward(same);
        Assert.Equal(expected.Values.Length, found.Length);
        double[] distances = [.. expected.Values.Zip(found, (want, have) => double.IsNaN(have) ? double.PositiveInfinity : Math.Abs(want - have))];
        Assert.True(
            distances.Average() <= MeanTolerance && distances.Max() <= LargestTolerance,
            $"off by {distances.Max()} at most, {distances.Average()} in the mean, with seed {seed}, {width} x {height}: {string.Join(", ", weights.Entries.Select(entry => entry.Name + entry.ShapeText))}");
        Assert.Empty(scope.UnusedNames());
    }
}
