namespace GemmaSharp.Model.Config;

/// <summary>The audio tower's sizes and switches (audio.md 9).</summary>
public sealed record AudioConfig
{
    /// <summary>First id of the audio range.</summary>
    public required int VocabOffset { get; init; }

    /// <summary>Ids in the range.</summary>
    public required int VocabSize { get; init; }

    /// <summary>Mel bins of a frame.</summary>
    public required int InputFeatureSize { get; init; }

    /// <summary>Width of the conformer.</summary>
    public required int HiddenSize { get; init; }

    /// <summary>Epsilon of the light convolution's and the embedder's norms.</summary>
    public required float RmsNormEpsilon { get; init; }

    /// <summary>Values are limited to plus and minus this.</summary>
    public required float GradientClipping { get; init; }

    /// <summary>Frames a frame sees to its left, itself included.</summary>
    public required int ContextLeft { get; init; }

    /// <summary>Frames a frame sees to its right.</summary>
    public required int ContextRight { get; init; }

    /// <summary>Tanh limit on attention scores.</summary>
    public required float LogitCap { get; init; }

    /// <summary>Attention heads.</summary>
    public required int HeadCount { get; init; }

    /// <summary>Conformer blocks.</summary>
    public required int LayerCount { get; init; }

    /// <summary>Frames of the light convolution.</summary>
    public required int ConvKernelSize { get; init; }

    /// <summary>One output row for so many frames.</summary>
    public required int ReductionFactor { get; init; }

    /// <summary>Weight of a feed-forward branch beside its residual.</summary>
    public required float ResidualWeight { get; init; }

    /// <summary>Channels of the subsampling convolutions.</summary>
    public required IReadOnlyList<int> SubsampleChannels { get; init; }

    /// <summary>Epsilon of their group norms.</summary>
    public required float GroupNormEpsilon { get; init; }

    /// <summary>Their kernels, (time, frequency).</summary>
    public required IReadOnlyList<(int Time, int Frequency)> SubsampleKernels { get; init; }

    /// <summary>Their strides, (time, frequency).</summary>
    public required IReadOnlyList<(int Time, int Frequency)> SubsampleStrides { get; init; }
}
