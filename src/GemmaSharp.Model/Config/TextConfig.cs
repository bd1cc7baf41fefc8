namespace GemmaSharp.Model.Config;

/// <summary>What a layer attends to.</summary>
public enum LayerKind
{
    /// <summary>The last tokens of a window.</summary>
    Sliding,

    /// <summary>All tokens before.</summary>
    Full,
}

/// <summary>The activation of the feed-forward and per-layer gates.</summary>
public enum HiddenActivation
{
    /// <summary>GELU by the tanh formula.</summary>
    GeluTanh,

    /// <summary>GELU by the error function.</summary>
    Gelu,
}

/// <summary>The text decoder's sizes and switches, and the facts that follow from them.</summary>
public sealed record TextConfig
{
    /// <summary>Width of the residual stream.</summary>
    public required int HiddenSize { get; init; }

    /// <summary>Feed-forward width of every layer.</summary>
    public required IReadOnlyList<int> IntermediateSizes { get; init; }

    /// <summary>What every layer attends to.</summary>
    public required IReadOnlyList<LayerKind> LayerKinds { get; init; }

    /// <summary>How many deviations above the mean a gate must lie to pass, for every layer; null where all pass.</summary>
    public required IReadOnlyList<float?> SparsityDeviations { get; init; }

    /// <summary>Query heads.</summary>
    public required int HeadCount { get; init; }

    /// <summary>Key and value heads.</summary>
    public required int KeyValueHeadCount { get; init; }

    /// <summary>Width of one head.</summary>
    public required int HeadDim { get; init; }

    /// <summary>Rows of the embedding and of the logits.</summary>
    public required int VocabSize { get; init; }

    /// <summary>Rows of the per-layer embedding; ids from here on use row 0.</summary>
    public required int VocabSizePerLayerInput { get; init; }

    /// <summary>Width of one layer's per-layer input.</summary>
    public required int HiddenSizePerLayerInput { get; init; }

    /// <summary>Rank of the LAuReL branch.</summary>
    public required int LaurelRank { get; init; }

    /// <summary>AltUp streams.</summary>
    public required int AltUpInputCount { get; init; }

    /// <summary>The stream that layers work on.</summary>
    public required int AltUpActiveIndex { get; init; }

    /// <summary>Whether the per-layer branch sees a scaled stream.</summary>
    public required bool AltUpCorrectScale { get; init; }

    /// <summary>How many of the last layers own no keys and values.</summary>
    public required int SharedLayerCount { get; init; }

    /// <summary>Keys that a sliding layer sees, the token itself included.</summary>
    public required int SlidingWindow { get; init; }

    /// <summary>Rope base of full layers.</summary>
    public required double FullRopeTheta { get; init; }

    /// <summary>Rope base of sliding layers.</summary>
    public required double SlidingRopeTheta { get; init; }

    /// <summary>Epsilon of every norm of the decoder.</summary>
    public required float RmsNormEpsilon { get; init; }

    /// <summary>Gate activation.</summary>
    public required HiddenActivation HiddenActivation { get; init; }

    /// <summary>Tanh limit on logits; null for none.</summary>
    public required float? FinalLogitSoftcap { get; init; }

    /// <summary>The longest context.</summary>
    public required int MaxPositionEmbeddings { get; init; }

    /// <summary>Whether the head is the embedding.</summary>
    public required bool TieWordEmbeddings { get; init; }

    /// <summary>Layers.</summary>
    public int LayerCount => LayerKinds.Count;

    /// <summary>The first layer that reads another layer's keys and values.</summary>
    public int FirstSharedLayer => LayerCount - SharedLayerCount;

    /// <summary>Whose keys and values a layer reads: its own, or those of the last owning layer of its kind.</summary>
    public int CacheLayer(int layer)
    {
        int donor = layer;
        if (layer >= FirstSharedLayer)
        {
            donor = FirstSharedLayer - 1;
            while (donor >= 0 && LayerKinds[donor] != LayerKinds[layer])
            {
                donor--;
            }
        }

        return donor;
    }

    /// <summary>Rope base of a kind of layer.</summary>
    public double RopeTheta(LayerKind kind) => kind == LayerKind.Full ? FullRopeTheta : SlidingRopeTheta;

    /// <summary>Share of the gate's neurons that a layer silences, to six digits; 0 for none.</summary>
    public double SparsityShare(int layer) => SparsityDeviations[layer] is float deviations ? NormalQuantile.Share(deviations) : 0;
}
