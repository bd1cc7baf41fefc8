namespace GemmaSharp.Tests;

/// <summary>Fills a checkpoint in memory with random values of a size that keeps activations near 1.</summary>
internal sealed class RandomWeights(Random random, MemoryWeights weights)
{
    private const float NormSpread = 0.25f;

    /// <summary>A matrix or a kernel [outputs, ...]: variance 1 / inputs.</summary>
    public void Matrix(string name, params int[] shape)
    {
        int count = shape.Aggregate(1, (product, size) => product * size);
        weights.Add(name, Values(count, MathF.Sqrt(3f * shape[0] / count)), shape);
    }

    /// <summary>A norm's weight, around 1.</summary>
    public void Norm(string name, int length) => weights.Add(name, Array.ConvertAll(Values(length, NormSpread), value => 1 + value), length);

    /// <summary>A vector around 0.</summary>
    public void Vector(string name, int length, float most) => weights.Add(name, Values(length, most), length);

    private float[] Values(int count, float most) => [.. Enumerable.Range(0, count).Select(_ => ((2 * random.NextSingle()) - 1) * most)];
}
