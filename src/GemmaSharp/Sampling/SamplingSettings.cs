using System.Collections.Frozen;
using GemmaSharp.Model.Config;

namespace GemmaSharp.Sampling;

/// <summary>Options and the model's recommendations put together, and checked.</summary>
internal sealed record SamplingSettings(
    double Temperature, int TopK, double TopP, double MinP, double RepetitionPenalty, double PresencePenalty, double FrequencyPenalty)
{
    /// <summary>Added to the logits of these tokens after the penalties.</summary>
    public IReadOnlyDictionary<int, float> LogitBias { get; init; } = FrozenDictionary<int, float>.Empty;

    public static SamplingSettings From(GenerationOptions options, GenerationConfig defaults, int vocabulary)
    {
        SamplingSettings settings = new(
            options.Temperature ?? (defaults.DoSample ? defaults.Temperature ?? 1 : 0),
            options.TopK ?? defaults.TopK ?? 0,
            options.TopP ?? defaults.TopP ?? 1,
            options.MinP ?? defaults.MinP ?? 0,
            options.RepetitionPenalty ?? defaults.RepetitionPenalty ?? 1,
            options.PresencePenalty,
            options.FrequencyPenalty)
        {
            LogitBias = options.LogitBias.ToFrozenDictionary(),
        };
        Check("temperature", settings.Temperature, 0, 100);
        Check("top_k", settings.TopK, 0, int.MaxValue);
        Check("top_p", settings.TopP, 0, 1);
        Check("min_p", settings.MinP, 0, 1);
        Check("repetition penalty", settings.RepetitionPenalty, 1e-3, 1e3);
        Check("presence penalty", settings.PresencePenalty, -1e3, 1e3);
        Check("frequency penalty", settings.FrequencyPenalty, -1e3, 1e3);
        foreach ((int id, float bias) in settings.LogitBias)
        {
            Check("logit bias key (a token id)", id, 0, vocabulary - 1);
            Check("logit bias", bias, -100, 100);
        }

        return settings;
    }

    private static void Check(string name, double value, double least, double most)
    {
        if (!(value >= least && value <= most))
        {
            throw new ArgumentException(FormattableString.Invariant($"{name} is {value}, a number from {least} to {most} expected"));
        }
    }
}
