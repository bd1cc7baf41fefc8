using System.Text.RegularExpressions;

namespace GemmaSharp.Hub;

/// <summary>A model on the hub as a user names it: OWNER/REPO, with :QUANT where a quantisation is wanted.</summary>
/// <param name="Repository">OWNER/REPO.</param>
/// <param name="Quantization">As in file names (Q4_K_M, q8_0), or null.</param>
public sealed partial record HubReference(string Repository, string? Quantization)
{
    // The hub's branch where nobody names another.
    internal const string Revision = "main";

    /// <summary>Name of the repository's folder in the cache: models--OWNER--REPO.</summary>
    public string FolderName => "models--" + Repository.Replace("/", "--", StringComparison.Ordinal);

    /// <summary>Reads OWNER/REPO[:QUANT].</summary>
    /// <exception cref="HubException">Another form.</exception>
    public static HubReference Parse(string text)
    {
        Match match = Form().Match(text);
        return match.Success && !text.Contains("..", StringComparison.Ordinal)
            ? new HubReference(match.Groups["repo"].Value, match.Groups["quant"] is { Success: true } quant ? quant.Value : null)
            : throw new HubException($"'{text}' names no model on the hub; OWNER/REPO or OWNER/REPO:QUANT expected, such as ggml-org/gemma-3n-E2B-it-GGUF:Q8_0");
    }

    [GeneratedRegex(@"^(?<repo>[A-Za-z0-9][A-Za-z0-9._-]{0,95}/[A-Za-z0-9][A-Za-z0-9._-]{0,95})(:(?<quant>[A-Za-z0-9._-]{1,40}))?$", RegexOptions.CultureInvariant)]
    private static partial Regex Form();
}
