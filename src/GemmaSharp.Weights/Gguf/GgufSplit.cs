using System.Globalization;
using System.Text.RegularExpressions;

namespace GemmaSharp.Weights.Gguf;

/// <summary>The names and facts of a model split over several GGUF files: PREFIX-00001-of-00003.gguf and so on.</summary>
internal static partial class GgufSplit
{
    private const int MaxParts = 99_999;

    /// <summary>How many parts a file says there are; 1 where it says nothing.</summary>
    public static int PartCount(GgufMetadata metadata) => metadata.Whole("split.count", 0, MaxParts) is int count and > 0 ? count : 1;

    /// <summary>The path of a part, by the path of another and the place it says it has; null where its name does not follow the pattern.</summary>
    public static string? PathOf(string path, int part, int count)
    {
        Match match = Pattern().Match(Path.GetFileName(path));
        return match.Success
            ? Path.Combine(Path.GetDirectoryName(path) ?? "", string.Create(CultureInfo.InvariantCulture, $"{match.Groups[1].Value}-{part + 1:D5}-of-{count:D5}.gguf"))
            : null;
    }

    /// <summary>Whether a file's name is that of a part other than the first.</summary>
    public static bool IsLaterPart(string path) => Pattern().Match(Path.GetFileName(path)) is { Success: true } match && match.Groups[2].Value != "00001";

    /// <summary>Refuses a part that stands in another's place.</summary>
    public static void Check(GgufMetadata metadata, int part, int count)
    {
        int place = metadata.Whole("split.no", 0, MaxParts) ?? 0;
        if (place != part || PartCount(metadata) != count)
        {
            string first = part == 0 && PathOf(metadata.File, 0, count) is string path ? $"; open {Path.GetFileName(path)}" : "";
            throw metadata.Error($"is part {place + 1} of {PartCount(metadata)}, part {part + 1} of {count} expected{first}");
        }
    }

    /// <summary>Refuses parts that together hold another number of tensors than the first one says.</summary>
    public static void CheckTotal(GgufMetadata first, int tensors)
    {
        if (first.Whole("split.tensors.count", 0, int.MaxValue) is int total && total != tensors)
        {
            throw first.Error($"its parts hold {tensors} tensors, split.tensors.count says {total}");
        }
    }

    [GeneratedRegex("^(.*)-([0-9]{5})-of-([0-9]{5})\\.gguf$", RegexOptions.CultureInvariant)]
    private static partial Regex Pattern();
}
