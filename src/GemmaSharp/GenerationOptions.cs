using System.Collections.Frozen;
using GemmaSharp.Grammar;

namespace GemmaSharp;

/// <summary>How an answer is generated; null takes what the model's generation_config.json recommends. Values outside their range end <see cref="ChatSession.SendAsync"/> with an <see cref="ArgumentException"/>.</summary>
public sealed record GenerationOptions
{
    /// <summary>Divides the logits before the draw, 0 to 100; 0 takes the most likely token.</summary>
    public double? Temperature { get; init; }

    /// <summary>Keep the k most likely tokens; 0 keeps all.</summary>
    public int? TopK { get; init; }

    /// <summary>Keep the most likely tokens that make up this share of the probability, 0 to 1; 1 keeps all.</summary>
    public double? TopP { get; init; }

    /// <summary>Keep tokens with at least this share of the most likely one's probability, 0 to 1; 0 keeps all.</summary>
    public double? MinP { get; init; }

    /// <summary>Divides positive and multiplies negative logits of tokens seen in prompt or answer, 0.001 to 1000; 1 changes nothing.</summary>
    public double? RepetitionPenalty { get; init; }

    /// <summary>Taken once from the logits of tokens in the answer, -1000 to 1000.</summary>
    public double PresencePenalty { get; init; }

    /// <summary>Taken from the logits of tokens in the answer for every time they came, -1000 to 1000.</summary>
    public double FrequencyPenalty { get; init; }

    /// <summary>Added to the logits of these token ids, -100 to 100, after the penalties.</summary>
    public IReadOnlyDictionary<int, float> LogitBias { get; init; } = FrozenDictionary<int, float>.Empty;

    /// <summary>Seed of the draw: the same seed, prompt and options give the same answer; null takes a fresh one.</summary>
    public ulong? Seed { get; init; }

    /// <summary>The most tokens of an answer; null goes to the end of the context.</summary>
    public int? MaxTokens { get; init; }

    /// <summary>Whether an answer goes on past the tokens that end it, to <see cref="MaxTokens"/>, a stop text or the end of the context; for measuring.</summary>
    public bool IgnoreEos { get; init; }

    /// <summary>
    /// The texts that the answer may be; null bounds nothing. Whole answers fit it: one cut by <see cref="MaxTokens"/>, the context or <see cref="Stop"/> is
    /// the beginning of one that does. One object for many answers is faster than one for each.
    /// </summary>
    public TextGrammar? Grammar { get; init; }

    /// <summary>Texts that end the answer; they and what follows do not belong to it.</summary>
    public IReadOnlyList<string> Stop { get; init; } = [];

    /// <summary>
    /// The MatFormer slice of the loaded model that answers: a name of <see cref="GemmaEngine.SliceNames"/>, or a slice in words such as
    /// "ffn=8192;skip=20-24"; null takes the whole. Weights are shared; a conversation that goes on in another slice is computed anew.
    /// </summary>
    public string? Slice { get; init; }

    /// <summary>How many of the most likely tokens come with every token, 0 to 20; null computes no probabilities.</summary>
    public int? TopProbabilities { get; init; }

    /// <summary>How tokens are drafted to be verified several at once; null takes the engine's <see cref="EngineOptions.Draft"/>. It changes the time of an answer and nothing else.</summary>
    public DraftOptions? Draft { get; init; }
}
