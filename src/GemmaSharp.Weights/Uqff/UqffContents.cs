using GemmaSharp.Weights.Gguf;
using GemmaSharp.Weights.Safetensors;

namespace GemmaSharp.Weights.Uqff;

/// <summary>The weights of a UQFF model to be written.</summary>
public sealed record UqffContents
{
    /// <summary>What the shards' names begin with: q4k gives q4k-0.uqff.</summary>
    public required string Stem { get; init; }

    /// <summary>Layers, under the canonical names of their weights.</summary>
    public required IReadOnlyList<GgufTensor> Layers { get; init; }

    /// <summary>All other tensors, under canonical names.</summary>
    public required IReadOnlyList<StreamedTensor> Residual { get; init; }

    /// <summary>Bytes of tensors after which a new shard begins; one layer may be longer.</summary>
    public long ShardBytes { get; init; } = 10L << 30;
}
