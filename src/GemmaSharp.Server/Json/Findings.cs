using GemmaSharp.Server.Http;
using Microsoft.AspNetCore.Http;

namespace GemmaSharp.Server.Json;

/// <summary>What a request holds that cannot be honoured: an error, or a warning in the answer where the server is lenient.</summary>
internal sealed class Findings(bool lenient)
{
    /// <summary>Where a request's items hold its findings.</summary>
    public const string Item = "findings";

    private const int MostWarnings = 32;
    private readonly List<string> _warnings = [];

    /// <summary>The warnings of a request, or null without any.</summary>
    public static IReadOnlyList<string>? Warnings(HttpContext http) => http.Items[Item] is Findings { _warnings: { Count: > 0 } warnings } ? warnings : null;

    /// <exception cref="ApiException">Where the server is not lenient.</exception>
    public void Add(string message, string parameter, string code)
    {
        if (!lenient)
        {
            throw ApiException.Bad(message, parameter, code);
        }

        if (_warnings.Count < MostWarnings)
        {
            _warnings.Add(message);
        }
    }
}
