using System.Globalization;
using GemmaSharp.Model.Config;

namespace GemmaSharp.Conversion;

/// <summary>What llama.cpp's loader of Gemma 3n takes for granted whatever the file says (formats.md 17).</summary>
internal static class LlamaLimits
{
    private const int OwningLayers = 20;
    private const int SparseLayers = 10;
    private const int FullEvery = 5;

    /// <summary>Why llama.cpp cannot run a model, or runs another one; null where it can.</summary>
    public static string? Reason(TextConfig config)
    {
        int[] widths = [.. config.IntermediateSizes.Distinct()];
        int sparse = int.Min(SparseLayers, config.LayerCount);
        return widths.Length > 1
                ? string.Create(CultureInfo.InvariantCulture, $"it has one feed-forward width for all layers, here are {string.Join(" and ", widths.Order())}")
            : config.FirstSharedLayer != int.Min(OwningLayers, config.LayerCount)
                ? string.Create(CultureInfo.InvariantCulture, $"its first {OwningLayers} layers have keys and values of their own, here the first {config.FirstSharedLayer}")
            : Enumerable.Range(0, config.LayerCount).Any(layer => config.SparsityDeviations[layer] is null == layer < sparse)
                ? string.Create(CultureInfo.InvariantCulture, $"its first {SparseLayers} layers are sparse and no others, here it is otherwise")
            : Enumerable.Range(0, config.LayerCount).Any(layer => (config.LayerKinds[layer] == LayerKind.Full) != ((layer + 1) % FullEvery == 0))
                ? string.Create(CultureInfo.InvariantCulture, $"every {FullEvery}th of its layers attends to all tokens and no others, here it is otherwise")
            : null;
    }
}
