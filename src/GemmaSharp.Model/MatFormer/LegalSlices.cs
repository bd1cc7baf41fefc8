using GemmaSharp.Kernels.Tensors;
using GemmaSharp.Model.Config;
using GemmaSharp.Weights;

namespace GemmaSharp.Model.MatFormer;

/// <summary>What slices of a checkpoint may be like.</summary>
/// <param name="WidthMultiple">Widths below the whole are multiples of this: the longest block of a down_proj.</param>
/// <param name="Donors">Layers that must stay, since others read their keys and values.</param>
/// <param name="Skippable">Layers that may be left out.</param>
public sealed record LegalSlices(int WidthMultiple, IReadOnlyList<int> Donors, IReadOnlyList<int> Skippable)
{
    private const string DownProjection = ".mlp.down_proj.weight";
    private const string PerLayerTable = "embed_tokens_per_layer.weight";

    /// <summary>Of a checkpoint; what is of a type that cannot be cut is said when a slice is.</summary>
    /// <param name="source">Under canonical names.</param>
    /// <param name="config">Its config.</param>
    public static LegalSlices Of(IWeightSource source, TextConfig config)
    {
        // Columns of the per-layer table go with their layer, where a layer's are whole blocks.
        bool cutsTable = config.HiddenSizePerLayerInput % LongestBlock(source, PerLayerTable) == 0;
        int[] donors = [.. Enumerable.Range(config.FirstSharedLayer, config.SharedLayerCount).Select(config.CacheLayer).Distinct().Order()];
        return new LegalSlices(LongestBlock(source, DownProjection), donors, cutsTable ? [.. Enumerable.Range(0, config.LayerCount).Except(donors)] : []);
    }

    private static int LongestBlock(IWeightSource source, string ending) => source.Entries.Where(entry => entry.Name.EndsWith(ending, StringComparison.Ordinal))
        .Select(entry => WeightTypes.Parse(entry.TypeName) is WeightType type ? WeightTypes.BlockLength(type) : 1)
        .Append(1).Max();
}
