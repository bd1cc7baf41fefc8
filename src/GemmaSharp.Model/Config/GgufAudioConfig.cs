using GemmaSharp.Weights;
using GemmaSharp.Weights.Gguf;

namespace GemmaSharp.Model.Config;

/// <summary>Reads the audio tower's config from a projector: sizes from its tensors, the rest is that of the real model (audio.md 7.1).</summary>
internal static class GgufAudioConfig
{
    private const int MaxSize = 1 << 16;

    public static AudioConfig Read(GgufFile projector, int vocabOffset)
    {
        int hidden = Size(projector, "a.pre_encode.out.weight", 0, 2);
        int headDim = Size(projector, "a.blk.0.per_dim_scale", 0, 1);
        int layers = 0;
        while (projector.Find($"a.blk.{layers}.attn_q.weight") is not null)
        {
            layers++;
        }

        return hidden % headDim != 0 || hidden % 2 != 0
            ? throw projector.Header.Error($"the audio tower's width {hidden} must be even and a multiple of its heads' {headDim}")
            : new AudioConfig
            {
                VocabOffset = vocabOffset,
                VocabSize = Size(projector, "mm.a.embedding.weight", 0, 2),
                InputFeatureSize = projector.Header.Whole("clip.audio.num_mel_bins", 1, 4096) ?? 128,
                HiddenSize = hidden,
                RmsNormEpsilon = 1e-6f,
                GradientClipping = 1e10f,
                ContextLeft = 13,
                ContextRight = 0,
                LogitCap = 50,
                HeadCount = hidden / headDim,
                LayerCount = layers,
                ConvKernelSize = Size(projector, "a.blk.0.conv_dw.weight", 2, 3),
                ReductionFactor = 4,
                ResidualWeight = 0.5f,
                SubsampleChannels = [Size(projector, Convolution(0), 0, 4), Size(projector, Convolution(1), 0, 4)],
                GroupNormEpsilon = 1e-3f,
                SubsampleKernels = [Kernel(projector, 0), Kernel(projector, 1)],
                SubsampleStrides = [(2, 2), (2, 2)],
            };
    }

    /// <summary>One size of a tensor of the rank given.</summary>
    public static int Size(GgufFile projector, string name, int dimension, int rank) =>
        projector.Find(name) is not WeightEntry entry ? throw projector.Header.Error($"tensor {name} is missing")
            : entry.Shape.Count == rank && entry.Shape[dimension] is > 0 and <= MaxSize ? (int)entry.Shape[dimension]
            : throw projector.Header.Error($"tensor {name} has the shape {entry.ShapeText}, {rank} sizes from 1 to {MaxSize} expected");

    private static string Convolution(int index) => $"a.conv1d.{index}.weight";

    private static (int Time, int Frequency) Kernel(GgufFile projector, int index) =>
        (Size(projector, Convolution(index), 2, 4), Size(projector, Convolution(index), 3, 4));
}
