using System.Globalization;
using System.Text.RegularExpressions;

namespace GemmaSharp.Conversion;

/// <summary>The parts of a model's name that GGUF keeps apart, found in a folder's name as llama.cpp's converter finds them: Gemma-3n-E4B-it.</summary>
/// <param name="Title">The name in words.</param>
/// <param name="Basename">The family: gemma.</param>
/// <param name="Finetune">What follows it: 3n-E4B-it.</param>
/// <param name="Version">A version, v1.1.</param>
/// <param name="Size">A size that fits the number of weights, 7B.</param>
internal sealed partial record ModelName(string? Title, string? Basename, string? Finetune, string? Version, string? Size)
{
    private enum Kind
    {
        None,
        Basename,
        Finetune,
        Version,
        Size,
        Quantization,
    }

    /// <param name="name">The folder's name.</param>
    /// <param name="weights">Number of weights.</param>
    public static ModelName Parse(string name, long weights)
    {
        if (name.Contains(' ', StringComparison.Ordinal))
        {
            return new ModelName(InWords(name), null, null, null, null);
        }

        string[] parts = name.Split('-', StringSplitOptions.RemoveEmptyEntries);
        Kind[] kinds = [.. parts.Select((part, place) => KindOf(part, place, weights))];
        for (int place = 1; place < parts.Length; place++)
        {
            parts[place] = SizePattern().IsMatch(parts[place]) ? SizeText(parts[place], isSize: kinds[place] == Kind.Size) : parts[place];
        }

        bool isCounted = parts.Where((part, place) => kinds[place] == Kind.Size).Any(part => part.Any(char.IsAsciiDigit));
        for (int place = 0; place < parts.Length; place++)
        {
            kinds[place] = isCounted && kinds[place] == Kind.Size && parts[place].All(char.IsAsciiLetter) ? Kind.None : kinds[place];
        }

        FindBasename(parts, kinds);
        string? finetune = Joined(Kind.Finetune), version = Joined(Kind.Version), size = Joined(Kind.Size);
        bool isClear = finetune is not null || version is not null || size is not null;
        return new ModelName(InWords(name), isClear ? Joined(Kind.Basename) : null, finetune, version, size);

        string? Joined(Kind kind)
        {
            string[] found = [.. parts.Where((_, place) => kinds[place] == kind).Distinct()];
            return found.Length > 0 ? string.Join('-', found) : null;
        }
    }

    private static Kind KindOf(string part, int place, long weights) => VersionPattern().IsMatch(part) ? Kind.Version
        : QuantizationPattern().IsMatch(part) ? Kind.Quantization
        : place > 0 && SizePattern().IsMatch(part) ? (FitsSize(part, weights) ? Kind.Size : Kind.Finetune)
        : place > 0 && FinetunePattern().IsMatch(part) ? Kind.Finetune
        : Kind.None;

    // A number far from the weights' is a context length or the like; a word has none to compare.
    private static bool FitsSize(string part, long weights)
    {
        string size = SizeText(part, isSize: true);
        return !double.TryParse(size[..^1], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number)
            || double.Abs((number * double.Pow(1000, " KMBT".IndexOf(size[^1], StringComparison.Ordinal))) - weights) <= 7.0 * weights / 8;
    }

    // 7b and 7_1b and 7b1 as 7B and 7.1B; lengths with a small letter, 4k; words as they are.
    private static string SizeText(string part, bool isSize)
    {
        string text = part.Replace('_', '.');
        text = char.IsAsciiDigit(text[^1]) ? $"{text[..^2]}.{text[^1]}{text[^2]}" : text;
        bool isNumber = text.Length > 1 && char.IsAsciiDigit(text[^2]);
        return !isNumber ? text : text[..^1] + (isSize ? char.ToUpperInvariant(text[^1]) : char.ToLowerInvariant(text[^1]));
    }

    // The family comes first, with versions inside it but not behind it; what has no kind behind it is the finetune.
    private static void FindBasename(string[] parts, Kind[] kinds)
    {
        int end = 0;
        while (end < parts.Length && (kinds[end] == Kind.Version || (kinds[end] == Kind.None && char.IsLetter(parts[end][0]))))
        {
            end++;
        }

        int family = end;
        while (end == parts.Length && family > 0 && kinds[family - 1] == Kind.Version)
        {
            family--;
        }

        Array.Fill(kinds, Kind.Basename, 0, family);
        for (int place = end; place < parts.Length; place++)
        {
            kinds[place] = kinds[place] == Kind.None ? Kind.Finetune : kinds[place];
        }
    }

    private static string InWords(string name) =>
        string.Join(' ', name.Replace('-', ' ').Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Select(Capitalized));

    // Words in small letters get a large one wherever a run of letters begins; others, and numbers, stay.
    private static string Capitalized(string word)
    {
        bool isSmall = word.Any(char.IsLower) && !word.Any(char.IsUpper);
        if (!isSmall || char.IsAsciiDigit(word[0]) || VersionWord().IsMatch(word))
        {
            return word;
        }

        char[] letters = word.ToCharArray();
        for (int at = 0; at < letters.Length; at++)
        {
            letters[at] = at == 0 || !char.IsLetter(letters[at - 1]) ? char.ToUpperInvariant(letters[at]) : letters[at];
        }

        return new string(letters);
    }

    [GeneratedRegex(@"^(v|iter)?\d+([.]\d+)*$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex VersionPattern();

    [GeneratedRegex(@"^(i?q\d(_\w)*|b?fp?(16|32))$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex QuantizationPattern();

    [GeneratedRegex(@"^((A|\d+x)?\d+([._]\d+)?[KMBT]\d?|small|mini|medium|large|x?xl)$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex SizePattern();

    [GeneratedRegex("^(chat|instruct|vision|lora)$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex FinetunePattern();

    [GeneratedRegex(@"^v\d+(\.\d+)*$", RegexOptions.CultureInvariant)]
    private static partial Regex VersionWord();
}
