using System.Globalization;
using GemmaSharp.Loading;
using GemmaSharp.Model.Config;
using GemmaSharp.Weights.Gguf;

namespace GemmaSharp.Conversion;

/// <summary>The general.* keys of a converted file: kind, recommended sampling, name and size (formats.md 2.1).</summary>
internal static class GeneralKeys
{
    /// <param name="keys">Where to.</param>
    /// <param name="folder">The model's folder; its name is the model's.</param>
    /// <param name="projector">Whether the file is a projector.</param>
    /// <param name="weights">Number of weights in the file.</param>
    public static void Add(OrderedDictionary<string, GgufValue> keys, string folder, bool projector, long weights)
    {
        keys.Add("general.architecture", GgufValues.Text(projector ? "clip" : "gemma3n"));
        keys.Add("general.type", GgufValues.Text(projector ? "mmproj" : "model"));
        AddSampling(keys, GenerationConfig.Read(Path.Combine(folder, "generation_config.json")), File.Exists(Path.Combine(folder, "generation_config.json")));
        ModelName name = ModelName.Parse(ModelFiles.NameOf(folder), weights);
        AddText("general.name", name.Title);
        AddText("general.version", name.Version);
        AddText("general.finetune", name.Finetune);
        AddText("general.basename", name.Basename);
        AddText("general.size_label", name.Size ?? SizeLabel(weights));

        void AddText(string key, string? value)
        {
            if (value is not null)
            {
                keys.Add(key, GgufValues.Text(value));
            }
        }
    }

    // A model that takes the likeliest token says so as temperature 0; the key has no other way.
    private static void AddSampling(OrderedDictionary<string, GgufValue> keys, GenerationConfig sampling, bool given)
    {
        if (sampling.TopK is int top)
        {
            keys.Add("general.sampling.top_k", GgufValues.I32(top));
        }

        AddNumber("top_p", sampling.TopP);
        AddNumber("min_p", sampling.MinP);
        AddNumber("temp", given && !sampling.DoSample ? 0 : sampling.Temperature);
        AddNumber("penalty_repeat", sampling.RepetitionPenalty);

        void AddNumber(string name, double? value)
        {
            if (value is double number)
            {
                keys.Add($"general.sampling.{name}", GgufValues.F32(number));
            }
        }
    }

    // Two digits at least: 4.5B, 983M, 301K.
    internal static string SizeLabel(long weights)
    {
        (double scaled, char unit) = weights switch
        {
            > 1_000_000_000_000 => (weights * 1e-12, 'T'),
            > 1_000_000_000 => (weights * 1e-9, 'B'),
            > 1_000_000 => (weights * 1e-6, 'M'),
            _ => (weights * 1e-3, 'K'),
        };
        return scaled.ToString(double.Round(scaled) is >= 1 and < 10 ? "F1" : scaled < 1 ? "F2" : "F0", CultureInfo.InvariantCulture) + unit;
    }
}
