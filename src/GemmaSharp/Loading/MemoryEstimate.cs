using System.Globalization;
using GemmaSharp.Generation;
using GemmaSharp.Kernels.KeyValues;
using GemmaSharp.Model;
using GemmaSharp.Model.Config;
using GemmaSharp.Weights;

namespace GemmaSharp.Loading;

/// <summary>What a loaded model and one conversation hold at most, in bytes; told before anything is loaded.</summary>
/// <param name="Weights">The decoder's, packed.</param>
/// <param name="Vision">Those of the image encoder.</param>
/// <param name="Audio">Those of the audio encoder.</param>
/// <param name="KeysAndValues">Of a full context.</param>
/// <param name="Activations">Of a prefill.</param>
/// <param name="Program">The runtime and the vocabulary.</param>
internal sealed record MemoryEstimate(long Weights, long Vision, long Audio, long KeysAndValues, long Activations, long Program)
{
    // Rough: the runtime with the compiled code of a first answer, and a piece's text, score and place in the tables.
    private const long Runtime = 60L << 20;
    private const long PieceBytes = 120;

    // A pass: a chunk of prompts, a rest that is not worth a pass of its own, and a token of every answer.
    private const int MostTokens = Sequence.PrefillChunk + (Sequence.PrefillChunk / 4) + SharedPasses.MostAnswers;

    /// <summary>The weights of the encoders, as if both were in use.</summary>
    public long Encoders => Vision + Audio;

    /// <summary>All of it.</summary>
    public long Total => Weights + Encoders + KeysAndValues + Activations + Program;

    /// <summary>Of a checkpoint, as it is seen through slices and quantisation.</summary>
    /// <param name="source">Names, types and shapes.</param>
    /// <param name="config">The config that belongs to them.</param>
    /// <param name="contextLength">Tokens of the conversation.</param>
    /// <param name="cacheType">How keys and values are stored.</param>
    public static MemoryEstimate Of(IWeightSource source, Gemma3nConfig config, int contextLength, CacheType cacheType)
    {
        ModelMemory weights = ModelMemory.Of(source, config);
        int tokens = int.Min(contextLength, MostTokens);
        return new MemoryEstimate(
            weights.Decoder,
            weights.Vision,
            weights.Audio,
            ModelMemory.KeysAndValues(config.Text, contextLength, tokens, cacheType),
            ModelMemory.Activations(config.Text, tokens),
            Runtime + (PieceBytes * config.InputVocabSize));
    }

    /// <summary>A number of bytes as text: 1.61 GB, 400 MB.</summary>
    public static string Text(long bytes) => bytes >= 1_000_000_000
        ? string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e9:0.00} GB")
        : string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e6:0} MB");
}
