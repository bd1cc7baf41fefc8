using GemmaSharp.Kernels.Ops;

namespace GemmaSharp.Tests.Kernels.Ops;

/// <summary>Rotary tables of the real sizes against the reference's, up to the last position.</summary>
public sealed class RopeTests
{
    // text.md 7.1: at most 2 of 128 frequencies are an ulp or two off, which shows as 1e-6 at position 32767.
    private const float Tolerance = 1e-6f;
    private const int MostFrequenciesOff = 2;
    private const int HeadDim = 256;

    [Theory]
    [InlineData("full_attention", 1e6)]
    [InlineData("sliding_attention", 1e4)]
    public void Angles_EveryListedPosition_EqualReference(string kind, double theta)
    {
        using Tensors expected = Tensors.Open(Fixture.Path("Rope", "rope.safetensors"));
        int[] positions = expected.Ints("positions");
        float[] cosines = new float[HeadDim / 2], sines = new float[HeadDim / 2];
        Rope rope = new(HeadDim, theta);
        for (int row = 0; row < positions.Length; row++)
        {
            rope.Angles(positions[row], cosines, sines);
            Assert.InRange(Tensors.Distance(expected.Floats($"{kind}.cos").AsSpan(row * HeadDim / 2, HeadDim / 2), cosines), 0, Tolerance);
            Assert.InRange(Tensors.Distance(expected.Floats($"{kind}.sin").AsSpan(row * HeadDim / 2, HeadDim / 2), sines), 0, Tolerance);
        }

        float[] frequencies = expected.Floats($"{kind}.inv_freq");
        Assert.InRange(Enumerable.Range(0, HeadDim / 2).Count(pair => frequencies[pair] != rope.InverseFrequencies[pair]), 0, MostFrequenciesOff);
    }
}
