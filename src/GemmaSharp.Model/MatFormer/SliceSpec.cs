using GemmaSharp.Model.Config;

namespace GemmaSharp.Model.MatFormer;

/// <summary>
/// Slices of a caller's own, in words: "ffn=8192;skip=20-24". ffn lists the widths of the layers that stay, in their new order, as WIDTH or
/// WIDTHxCOUNT, a single WIDTH standing for all of them ("ffn=16384x10,8192x25"); skip lists layers of the parent, as N or FIRST-LAST.
/// What is left out stays as it is in the parent.
/// </summary>
public static class SliceSpec
{
    /// <summary>The grammar in short, for help and errors.</summary>
    public const string Example = "ffn=16384x10,8192x20;skip=20-24";

    private const string Widths = "ffn";
    private const string Skipped = "skip";
    private const string Place = "slice";

    /// <summary>Whether a text is such words and no name.</summary>
    public static bool IsOne(string text) => text.Contains('=', StringComparison.Ordinal);

    /// <summary>The slice that the words describe; whether it fits the parent is decided by <see cref="SlicePlan"/>.</summary>
    /// <param name="text">The words, which become its name.</param>
    /// <param name="parent">The config that it is cut from.</param>
    /// <exception cref="InvalidDataException">They are malformed; one line says where.</exception>
    public static MatFormerSlice Parse(string text, TextConfig parent)
    {
        try
        {
            Dictionary<string, string> parts = Parts(text);
            int[] skipped = parts.TryGetValue(Skipped, out string? layers) ? MatFormerSlice.CheckedOnce(layers.Split(',').SelectMany(Layers)) : [];
            int[] kept = [.. Enumerable.Range(0, parent.LayerCount).Except(skipped)];
            int[] widths = !parts.TryGetValue(Widths, out string? listed) ? [.. kept.Select(layer => parent.IntermediateSizes[layer])]
                : listed.IndexOfAny([',', 'x']) < 0 ? [.. Enumerable.Repeat(Width(listed), kept.Length)]
                : Listed(listed);
            return new MatFormerSlice(text, widths, skipped);
        }
        catch (FormatException error)
        {
            throw new InvalidDataException($"{Place} '{text}': {error.Message}; written like {Example}", error);
        }
    }

    /// <summary>The same slice with its words as its name.</summary>
    public static MatFormerSlice Name(MatFormerSlice slice)
    {
        string widths = string.Join(',', Runs(slice.IntermediateSizes, (a, b) => a == b).Select(run => run.Count == 1 ? $"{run.First}" : $"{run.First}x{run.Count}"));
        string skipped = string.Join(',', Runs([.. slice.SkippedLayers.Order()], (a, b) => b == a + 1).Select(run => run.Count == 1 ? $"{run.First}" : $"{run.First}-{run.First + run.Count - 1}"));
        return slice with { Name = $"{Widths}={widths}{(skipped.Length > 0 ? $";{Skipped}={skipped}" : "")}" };
    }

    // Neighbours that belong together: the first and how many.
    private static IEnumerable<(int First, int Count)> Runs(IReadOnlyList<int> values, Func<int, int, bool> continues)
    {
        for (int start = 0, end; start < values.Count; start = end)
        {
            end = start + 1;
            while (end < values.Count && continues(values[end - 1], values[end]))
            {
                end++;
            }

            yield return (values[start], end - start);
        }
    }

    private static Dictionary<string, string> Parts(string text)
    {
        Dictionary<string, string> parts = [];
        foreach (string part in text.Split(';'))
        {
            string[] sides = part.Split('=');
            string key = sides[0].Trim();
            if (sides.Length != 2 || key is not (Widths or Skipped))
            {
                throw new FormatException($"'{part.Trim()}' is no part of a slice, {Widths}=... or {Skipped}=... expected");
            }

            if (!parts.TryAdd(key, sides[1].Trim()))
            {
                throw new FormatException($"{key} is there twice");
            }
        }

        return parts;
    }

    private static int[] Listed(string listed)
    {
        List<int> widths = [];
        foreach (string item in listed.Split(','))
        {
            string[] sides = item.Split('x');
            int count = sides.Length == 1 ? 1 : sides.Length == 2 ? (int)(MatFormerSlice.ParseNumber(sides[1].Trim(), MatFormerSlice.MaxLayers) ?? 0) : 0;
            if (count == 0 || widths.Count + count > MatFormerSlice.MaxLayers)
            {
                throw new FormatException($"'{item.Trim()}' is no width or WIDTHxCOUNT of at most {MatFormerSlice.MaxLayers} layers in all");
            }

            widths.AddRange(Enumerable.Repeat(Width(sides[0]), count));
        }

        return [.. widths];
    }

    private static int Width(string text) => MatFormerSlice.ParseNumber(text.Trim(), MatFormerSlice.MaxWidth) is long width and >= 1
        ? (int)width
        : throw new FormatException($"'{text.Trim()}' is no width, a whole number from 1 to {MatFormerSlice.MaxWidth} expected");

    private static IEnumerable<int> Layers(string item)
    {
        string[] ends = item.Split('-');
        int? first = MatFormerSlice.ParseLayer(ends[0].Trim()), last = MatFormerSlice.ParseLayer(ends[^1].Trim());
        return ends.Length <= 2 && first <= last
            ? Enumerable.Range(first.Value, last.Value - first.Value + 1)
            : throw new FormatException($"'{item.Trim()}' is no layer N or FIRST-LAST, whole numbers from 0 to {MatFormerSlice.MaxLayers - 1} expected");
    }
}
