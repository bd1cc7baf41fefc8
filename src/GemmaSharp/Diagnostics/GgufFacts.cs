using System.Text.Json.Nodes;
using GemmaSharp.Loading;
using GemmaSharp.Model.Config;
using GemmaSharp.Weights;
using GemmaSharp.Weights.Gguf;

namespace GemmaSharp.Diagnostics;

/// <summary>Facts of a GGUF model or projector; of another model's file what can be read, and in one line why it is none.</summary>
internal static class GgufFacts
{
    private const string Problem = "problem";

    public static void AddTo(JsonObject facts, GgufFile file, string? projector)
    {
        bool isModel = GgufConfig.IsModel(file);
        using GgufFile? towers = projector is not null ? GgufModel.OpenProjector(projector, map: false)
            : isModel ? GgufModel.FindProjector(file, map: false)
            : null;
        Gemma3nConfig? config = null;
        Try(facts, () =>
        {
            if (GgufConfig.IsProjector(file))
            {
                AddTowers(facts, file);
                return;
            }

            config = GgufConfig.Read(file, towers);
            AddModel(facts, file.Header, config, towers);
        });
        if (isModel)
        {
            SliceFacts.AddTo(facts, Path.GetDirectoryName(Path.GetFullPath(file.Path)) ?? ".");
        }

        if (towers is not null)
        {
            facts["projector"] = WeightFacts.Totals(towers);
        }

        if (file.Header.Find("tokenizer.ggml.tokens") is not null)
        {
            Try(facts, () => facts["tokenizer"] = TokenFacts.Read(GgufTokenizer.Read(file.Header, config), file.Header));
        }

        Try(facts, () => AddTemplate(facts, file.Header));
    }

    private static void AddModel(JsonObject facts, GgufMetadata keys, Gemma3nConfig config, GgufFile? towers)
    {
        JsonObject origin = new() { ["model_type"] = keys.Text("general.architecture"), ["name"] = keys.Text("general.name") };
        ConfigFacts.AddTo(facts, config, origin, GgufConfig.ReadProcessor(towers), GgufModel.ReadGeneration(keys));
    }

    private static void AddTowers(JsonObject facts, GgufFile projector)
    {
        (VisionConfig? vision, AudioConfig? audio) = GgufConfig.ReadTowers(projector);
        ConfigFacts.AddTowersTo(facts, vision, audio, GgufConfig.ReadProcessor(projector));
    }

    private static void AddTemplate(JsonObject facts, GgufMetadata keys)
    {
        if (GgufTokenizer.TemplateSource(keys) is not string source)
        {
            return;
        }

        JsonObject template = TokenFacts.Read(new TemplateFile(keys.File, source));
        IReadOnlyList<string> variants = GgufTokenizer.TemplateVariants(keys);
        if (variants.Count > 0)
        {
            template["variants_left_alone"] = Inspection.List(variants, name => name);
        }

        if (facts.ContainsKey(Problem))
        {
            template.Remove(Problem);
        }

        facts["chat_template"] = template;
    }

    // The first problem says enough: what is another model's differs in more than one place.
    private static void Try(JsonObject facts, Action add)
    {
        try
        {
            add();
        }
        catch (WeightException error)
        {
            facts.TryAdd(Problem, error.Message);
        }
    }
}
