using System.Globalization;

namespace GemmaSharp.Model.MatFormer;

/// <summary>A model nested in a larger checkpoint: fewer layers, narrower feed-forwards, the same weights.</summary>
/// <param name="Name">What users call it.</param>
/// <param name="IntermediateSizes">Feed-forward width of every kept layer, in their new order.</param>
/// <param name="SkippedLayers">Layers of the parent that are left out, by their index there.</param>
public sealed record MatFormerSlice(string Name, IReadOnlyList<int> IntermediateSizes, IReadOnlyList<int> SkippedLayers)
{
    internal const int MaxLayers = 1024;
    internal const int MaxWidth = 1 << 20;

    /// <summary>Parameters that compute, in thousand millions, as the table states them; null where it does not.</summary>
    public double? EffectiveBillions { get; init; }

    /// <summary>Accuracy as the table states it; empty where it does not.</summary>
    public string Accuracy { get; init; } = "";

    /// <summary>[2_048 * 4, 8192]: widths as whole numbers, or a product of two.</summary>
    internal static int[] ParseWidths(string text) => ParseList(text, item =>
    {
        string[] factors = item.Split('*');
        long width = factors.Length <= 2 ? 1 : 0;
        foreach (string factor in factors)
        {
            width *= ParseNumber(factor.Trim(), MaxWidth) ?? 0;
        }

        return width is >= 1 and <= MaxWidth ? (int)width : throw new FormatException($"'{item}' is no width; a whole number or a * b, 1 to {MaxWidth} in all, expected");
    });

    /// <summary>Nothing, or [20, 21]: indices of layers, each once.</summary>
    internal static int[] ParseSkipped(string text) => CheckedOnce(text.Length == 0 ? [] : ParseList(text, item =>
        ParseLayer(item) ?? throw new FormatException($"'{item}' is no index of a layer; a whole number from 0 to {MaxLayers - 1} expected")));

    /// <summary>Layers, none of which is listed twice.</summary>
    internal static int[] CheckedOnce(IEnumerable<int> layers)
    {
        int[] skipped = [.. layers];
        int[] twice = [.. skipped.CountBy(layer => layer).Where(pair => pair.Value > 1).Select(pair => pair.Key)];
        return twice.Length == 0 ? skipped : throw new FormatException($"layer {twice[0]} is listed more than once");
    }

    private static int[] ParseList(string text, Func<string, int> parse)
    {
        if (text is not ['[', .. string inner, ']'])
        {
            throw new FormatException($"'{Shorten(text)}' is no list; [a, b, ...] expected");
        }

        string[] items = inner.Trim().Length == 0 ? [] : inner.Split(',');
        return items.Length <= MaxLayers
            ? [.. items.Select(item => parse(item.Trim()))]
            : throw new FormatException($"{items.Length} layers are listed, at most {MaxLayers} expected");
    }

    /// <summary>The index of a layer, or null.</summary>
    internal static int? ParseLayer(string text) => (int?)ParseNumber(text, MaxLayers - 1);

    /// <summary>Digits with single underscores between them, or null.</summary>
    internal static long? ParseNumber(string text, int most) =>
        text.Length > 0 && text[0] != '_' && text[^1] != '_' && !text.Contains("__", StringComparison.Ordinal)
        && long.TryParse(text.Replace("_", "", StringComparison.Ordinal), NumberStyles.None, CultureInfo.InvariantCulture, out long number) && number <= most
            ? number
            : null;

    private static string Shorten(string text)
    {
        const int longest = 60;
        return text.Length > longest ? text[..longest] + "..." : text;
    }
}
