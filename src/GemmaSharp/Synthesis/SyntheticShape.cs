using GemmaSharp.Model.Config;

namespace GemmaSharp.Synthesis;

/// <summary>A shape that made-up models come in.</summary>
/// <param name="Name">What it is asked for by.</param>
/// <param name="Text">The decoder's sizes.</param>
internal sealed record SyntheticShape(string Name, TextConfig Text)
{
    private const float SparseDeviations = 1.6448536f; // 95 % of the gates are silent
    private const int SparseLayers = 10;
    private const int FullEvery = 5;
    private const int OwningLayers = 20;

    /// <summary>The published sizes, and a small one that llama.cpp runs too: it takes the numbers of owning and of sparse layers for given.</summary>
    public static IReadOnlyList<SyntheticShape> All { get; } =
    [
        new("e2b", Config(layers: 30, hidden: 2048, width: 8192, headDim: 256, vocabulary: 262400)),
        new("e4b", Config(layers: 35, hidden: 2048, width: 16384, headDim: 256, vocabulary: 262400)),
        new("tiny", Config(layers: 25, hidden: 256, width: 512, headDim: 32, vocabulary: 2048)),
    ];

    private static TextConfig Config(int layers, int hidden, int width, int headDim, int vocabulary) => new()
    {
        HiddenSize = hidden,
        IntermediateSizes = [.. Enumerable.Repeat(width, layers)],
        LayerKinds = [.. Enumerable.Range(1, layers).Select(layer => layer % FullEvery == 0 ? LayerKind.Full : LayerKind.Sliding)],
        SparsityDeviations = [.. Enumerable.Range(0, layers).Select(layer => layer < SparseLayers ? SparseDeviations : (float?)null)],
        HeadCount = 8,
        KeyValueHeadCount = 2,
        HeadDim = headDim,
        VocabSize = vocabulary,
        VocabSizePerLayerInput = vocabulary,
        HiddenSizePerLayerInput = 256,
        LaurelRank = 64,
        AltUpInputCount = 4,
        AltUpActiveIndex = 0,
        AltUpCorrectScale = true,
        SharedLayerCount = layers - OwningLayers,
        SlidingWindow = 512,
        FullRopeTheta = 1e6,
        SlidingRopeTheta = 1e4,
        RmsNormEpsilon = 1e-6f,
        HiddenActivation = HiddenActivation.GeluTanh,
        FinalLogitSoftcap = 30,
        MaxPositionEmbeddings = 32768,
        TieWordEmbeddings = true,
    };
}
