using System.Buffers;
using System.Text.RegularExpressions;

namespace GemmaSharp.Hub;

/// <summary>Checks names that come from the network before they become paths.</summary>
internal static partial class HubNames
{
    private const int MaxLength = 400;
    private static readonly SearchValues<char> Unsafe = SearchValues.Create("\\:*?\"<>|\0");

    /// <summary>Whether a file name of a listing stays inside its folder on every system.</summary>
    public static bool IsSafePath(string name) =>
        name.Length is > 0 and <= MaxLength
        && !name.AsSpan().ContainsAny(Unsafe)
        && name.Split('/').All(part => part.Length > 0 && part is not "." and not ".." && !part.EndsWith(' ') && !part.EndsWith('.'));

    /// <summary>Whether text is a hash as the hub writes it: SHA-1 or SHA-256 in hex.</summary>
    public static bool IsHash(string text) => Hash().IsMatch(text);

    [GeneratedRegex("^([0-9a-f]{40}|[0-9a-f]{64})$", RegexOptions.CultureInvariant)]
    private static partial Regex Hash();
}
