using GemmaSharp.Kernels.Ops;
using GemmaSharp.Kernels.Tensors;
using GemmaSharp.Weights;

namespace GemmaSharp.Model.Audio;

/// <summary>norm(clip(x)) of every frame, shared by the team; a clipping of 0 leaves the values.</summary>
internal sealed class AudioNorm(float[] weight, float epsilon, float clipping)
{
    public static AudioNorm Load(WeightScope weights, string name, int length, float epsilon, float clipping) =>
        new(weights.Child(name).Vector("weight", length), epsilon, clipping);

    /// <summary><paramref name="into"/> may be <paramref name="x"/>.</summary>
    public void Forward(Matrix x, Matrix into, AudioScratch scratch, Nonlinearity then = Nonlinearity.None) =>
        new NormalizeRows { X = x, Into = into, Weight = weight, Epsilon = epsilon, Clip = clipping, Then = then }.Run(scratch.Team);

    /// <summary>onto += factor * norm(clip(x)); x is used up.</summary>
    public void Add(Matrix x, float factor, Matrix onto, AudioScratch scratch) =>
        new NormalizeRows { X = x, Into = x, Weight = weight, Epsilon = epsilon, Clip = clipping, Onto = onto, Factor = factor }.Run(scratch.Team);
}
