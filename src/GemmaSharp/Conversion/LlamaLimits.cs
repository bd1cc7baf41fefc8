using System.Globalization;
using GemmaSharp.Model.Config;

namespace GemmaSharp.Conversion;

/// <summary>What llama.cpp takes for granted of a Gemma 3n whatever the file says; found by running v0.5.0 on files that differ in one key each.</summary>
internal static class LlamaLimits
{
    private const int OwningLayers = 20;
    private const int SparseLayers = 10;
    private const int SlidingDonor = 18;
    private const int FullDonor = 19;

    /// <summary>Why llama.cpp cannot run a model, or runs another one; null where it can.</summary>
    public static string? Reason(TextConfig config)
    {
        int[] widths = [.. config.IntermediateSizes.Distinct()];
        int sparse = int.Min(SparseLayers, config.LayerCount);
        return widths.Length > 1
                ? string.Create(CultureInfo.InvariantCulture, $"it has one feed-forward width for all layers, here are {string.Join(" and ", widths.Order())}")
            : config.FirstSharedLayer != int.Min(OwningLayers, config.LayerCount)
                ? string.Create(CultureInfo.InvariantCulture, $"its first {OwningLayers} layers have keys and values of their own, a number in its code; here the first {config.FirstSharedLayer}")
            : config.LayerCount > OwningLayers && (config.LayerKinds[SlidingDonor] != LayerKind.Sliding || config.LayerKinds[FullDonor] != LayerKind.Full)
                ? string.Create(CultureInfo.InvariantCulture, $"its later layers read keys and values of layer {SlidingDonor}, which must be sliding, and {FullDonor}, which must be full, numbers in its code; here it is otherwise")
            : Enumerable.Range(0, config.LayerCount).Any(layer => config.SparsityDeviations[layer] is null == layer < sparse)
                ? string.Create(CultureInfo.InvariantCulture, $"its first {SparseLayers} layers are sparse and no others, a number in its code; here it is otherwise")
            : null;
    }
}
