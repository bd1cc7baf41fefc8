using System.Collections.Frozen;

namespace GemmaSharp;

/// <summary>How an answer is generated; null takes what the model's generation_config.json recommends.</summary>
public sealed record GenerationOptions
{
    /// <summary>Sharpness of the draw; 0 takes the most likely token.</summary>
    public double? Temperature { get; init; }

    /// <summary>Keep the k most likely; 0 keeps all.</summary>
    public int? TopK { get; init; }

    /// <summary>Keep the most likely that make up this share; 1 keeps all.</summary>
    public double? TopP { get; init; }

    /// <summary>Keep what has at least this share of the most likely one's probability.</summary>
    public double? MinP { get; init; }

    /// <summary>Divides the logits of tokens seen in prompt or answer; 1 changes nothing.</summary>
    public double? RepetitionPenalty { get; init; }

    /// <summary>Taken from the logits of tokens in the answer, once.</summary>
    public double PresencePenalty { get; init; }

    /// <summary>Taken from the logits of tokens in the answer, for every time.</summary>
    public double FrequencyPenalty { get; init; }

    /// <summary>Added to the logits of these token ids, -100 to 100, after the penalties.</summary>
    public IReadOnlyDictionary<int, float> LogitBias { get; init; } = FrozenDictionary<int, float>.Empty;

    /// <summary>Seed of the draw; null takes a fresh one.</summary>
    public ulong? Seed { get; init; }

    /// <summary>The most tokens of an answer; null goes to the end of the context.</summary>
    public int? MaxTokens { get; init; }

    /// <summary>Texts that end the answer and do not belong to it.</summary>
    public IReadOnlyList<string> Stop { get; init; } = [];
}
