using GemmaSharp.Model.Config;
using GemmaSharp.Model.Names;
using GemmaSharp.Tokenization;
using GemmaSharp.Weights.Gguf;

namespace GemmaSharp.Loading;

/// <summary>Opens a GGUF model and its projector.</summary>
internal static class GgufModel
{
    /// <summary>The model's files; a projector beside it is found by itself.</summary>
    /// <param name="path">The model.</param>
    /// <param name="projector">The projector, or null.</param>
    /// <param name="map">Whether weights are read from mappings.</param>
    /// <param name="inPlace">Whether the model's may be multiplied in place; the towers' are packed when they are needed.</param>
    public static ModelFiles Open(string path, string? projector, bool map, bool inPlace = false)
    {
        GgufFile? model = null, towers = null;
        try
        {
            model = GgufFile.Open(path, map, inPlace);
            towers = projector is null ? FindProjector(model, map) : OpenProjector(projector, map);
            Gemma3nConfig config = GgufConfig.Read(model, towers);
            GgufMetadata header = model.Header;
            return new ModelFiles
            {
                Config = config,
                ReadTokenizer = Task.Run<Tokenizer?>(() => GgufTokenizer.Read(header, config)),
                Template = GgufTokenizer.ReadTemplate(model.Header),
                AddsBegin = GgufTokenizer.AddsBegin(model.Header),
                Generation = ReadGeneration(model.Header),
                Processor = GgufConfig.ReadProcessor(towers),
                Source = new GgufWeights(model, towers, config.Text),
            };
        }
        catch
        {
            model?.Dispose();
            towers?.Dispose();
            throw;
        }
    }

    /// <summary>The projector beside a model; of several models in a folder each has its own, and only one of the model's width is its.</summary>
    public static GgufFile? FindProjector(GgufFile model, bool map)
    {
        foreach (string path in GgufFolder.FindProjectors(model.Path))
        {
            GgufFile file = OpenProjector(path, map);
            if (GgufConfig.Fits(model, file))
            {
                return file;
            }

            file.Dispose();
        }

        return null;
    }

    /// <summary>Opens a projector.</summary>
    /// <exception cref="Weights.WeightException">It is none.</exception>
    public static GgufFile OpenProjector(string path, bool map)
    {
        GgufFile file = GgufFile.Open(path, map);
        string? architecture = file.Header.Text("general.architecture");
        if (architecture == GgufConfig.ProjectorArchitecture)
        {
            return file;
        }

        file.Dispose();
        throw file.Header.Error($"general.architecture is '{architecture ?? "missing"}', clip expected of a projector");
    }

    /// <summary>How answers are drawn; what a file leaves out is what the model's makers recommend.</summary>
    public static GenerationConfig ReadGeneration(GgufMetadata keys) => new()
    {
        Temperature = keys.Number("general.sampling.temp", 0, 1e6) ?? 1,
        TopK = keys.Whole("general.sampling.top_k", 0, int.MaxValue) ?? 64,
        TopP = keys.Number("general.sampling.top_p", 0, 1) is double share ? Math.Round(share, 6) : 0.95,
        MinP = keys.Number("general.sampling.min_p", 0, 1),
        RepetitionPenalty = keys.Number("general.sampling.penalty_repeat", 0, 1e6),
    };
}
