using System.Text.Json;
using GemmaSharp.Kernels.Tensors;
using GemmaSharp.Kernels.Threading;
using GemmaSharp.Model.Audio;
using GemmaSharp.Model.Config;
using GemmaSharp.Weights;

namespace GemmaSharp.Tests.Model.Audio;

/// <summary>Audio towers of random shapes against a second implementation in double precision.</summary>
public sealed class AudioReferenceTests
{
    // Rows have magnitude 1; float32 noise of up to three random blocks, amplified where widths of four nearly cancel.
    private const double MeanTolerance = 5e-5;
    private const double LargestTolerance = 5e-4;
    private const int Shapes = 40;

    [Fact]
    public void Forward_RandomShapes_EqualSecondImplementation()
    {
        // The same shapes every time: rounding of float32 comes near the tolerance in a few of thousands.
        Random seeds = new(20260);
        for (int shape = 0; shape < Shapes; shape++)
        {
            Compare(seeds.Next());
        }
    }

    private static void Compare(int seed)
    {
        Random random = new(seed);
        using MemoryWeights weights = new();
        AudioReference reference = new(random, weights);
        float[] frames = [.. Enumerable.Range(0, reference.Bins * random.Next(1, 60)).Select(_ => (4 * random.NextSingle()) - 6)];
        double[][] expected = reference.Forward([.. frames.Chunk(reference.Bins).Select(row => Array.ConvertAll(row, value => (double)value))]);

        using JsonDocument json = JsonDocument.Parse(reference.ToJson());
        using ThreadTeam team = new(2);
        WeightScope scope = new(weights);
        using AudioTower tower = AudioTower.Load(scope, AudioConfigJson.Read(new JsonFields(json.RootElement, "audio_config")), team);
        float[] found = tower.Forward(new Matrix(frames, frames.Length / reference.Bins, reference.Bins), tap: null);

        double[] flat = [.. expected.SelectMany(row => row)];
        Assert.Equal(flat.Length, found.Length);
        double[] distances = [.. flat.Zip(found, (want, have) => double.IsNaN(have) ? double.PositiveInfinity : Math.Abs(want - have))];
        Assert.True(
            distances.Average() <= MeanTolerance && distances.Max() <= LargestTolerance,
            $"off by {distances.Max()} at most, {distances.Average()} in the mean, with seed {seed}: {reference.ToJson()}");
        Assert.Empty(scope.UnusedNames());
    }
}
