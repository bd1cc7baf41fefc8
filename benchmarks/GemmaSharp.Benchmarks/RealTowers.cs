using GemmaSharp.Kernels.Tensors;
using GemmaSharp.Model.Export;
using GemmaSharp.Weights;

namespace GemmaSharp.Benchmarks;

/// <summary>The published image and audio towers with formula weights.</summary>
internal static class RealTowers
{
    public const string Vision = "model.vision_tower.timm_model";
    public const string Audio = "model.audio_tower";

    public static FormulaSource VisionSource(WeightType type) => Source(type, PublishedTowers.VisionEntries());

    public static FormulaSource AudioSource(WeightType type) => Source(type, PublishedTowers.AudioEntries());

    private static FormulaSource Source(WeightType type, IReadOnlyList<WeightEntry> entries)
    {
        FormulaSource source = new(type);
        foreach (WeightEntry entry in entries)
        {
            source.Add(entry.Name, [.. entry.Shape]);
        }

        return source;
    }
}
