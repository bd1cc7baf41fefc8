using System.Text.Json;

namespace GemmaSharp.Model.Config;

/// <summary>The sampling that generation_config.json recommends; null where it says nothing.</summary>
public sealed record GenerationConfig
{
    /// <summary>Ids that end an answer; null to use config.json's.</summary>
    public IReadOnlyList<int>? EosTokenIds { get; init; }

    /// <summary>Whether to draw; otherwise the most likely token is taken.</summary>
    public bool DoSample { get; init; } = true;

    /// <summary>Temperature.</summary>
    public double? Temperature { get; init; }

    /// <summary>Keep the k most likely.</summary>
    public int? TopK { get; init; }

    /// <summary>Keep the most likely that make up this share.</summary>
    public double? TopP { get; init; }

    /// <summary>Keep what has at least this share of the most likely one's probability.</summary>
    public double? MinP { get; init; }

    /// <summary>Factor against tokens seen.</summary>
    public double? RepetitionPenalty { get; init; }

    /// <summary>Reads the file; a missing one recommends nothing.</summary>
    /// <exception cref="InvalidDataException">The file is malformed.</exception>
    public static GenerationConfig Read(string path)
    {
        if (!File.Exists(path))
        {
            return new GenerationConfig();
        }

        using JsonDocument document = ConfigJson.Open(path);
        JsonFields fields = new(document.RootElement, path);
        return new GenerationConfig
        {
            EosTokenIds = fields.IntOrList("eos_token_id", 1 << 24),
            DoSample = fields.Bool("do_sample", false),
            Temperature = Optional(fields, "temperature", 100),
            TopK = fields.Has("top_k") ? fields.Int("top_k", 0, 0, int.MaxValue) : null,
            TopP = Optional(fields, "top_p", 1),
            MinP = Optional(fields, "min_p", 1),
            RepetitionPenalty = Optional(fields, "repetition_penalty", 1000, least: 0.001),
        };
    }

    private static double? Optional(JsonFields fields, string name, double most, double least = 0) =>
        fields.Has(name) ? fields.Number(name, least, least, most) : null;
}
