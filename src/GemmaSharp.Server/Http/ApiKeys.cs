using System.Net;
using System.Security.Cryptography;
using System.Text;
using GemmaSharp.Server.Endpoints;
using Microsoft.AspNetCore.Http;

namespace GemmaSharp.Server.Http;

/// <summary>Compares keys in a time that tells nothing of them.</summary>
internal sealed class ApiKeys(IReadOnlyList<string> keys)
{
    /// <summary>Where a request's items hold the number of its key.</summary>
    public const string OwnerItem = "owner";

    private const string Scheme = "Bearer ";

    // What a browser asks before a key can be typed, and what a supervisor asks.
    private static readonly HashSet<string> Open = ["/health", "/ready", .. Page.Paths];
    private readonly byte[][] _hashes = [.. keys.Select(key => SHA256.HashData(Encoding.UTF8.GetBytes(key)))];

    /// <summary>The number of the key that a checked request bears.</summary>
    public static int Owner(HttpContext http) => http.Items[OwnerItem] as int? ?? 0;

    /// <summary>The number of the key that a request bears; 0 where none is asked for.</summary>
    /// <exception cref="ApiException">None, or a wrong one.</exception>
    public int Check(HttpRequest request)
    {
        if (_hashes.Length == 0 || Open.Contains(request.Path.Value ?? ""))
        {
            return 0;
        }

        string? given = request.Headers.Authorization.ToString() is string header && header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)
            ? header[Scheme.Length..].Trim()
            : request.Headers["X-Api-Key"];
        byte[] hash = SHA256.HashData(Encoding.UTF8.GetBytes(given ?? ""));
        int found = -1;
        for (int number = 0; number < _hashes.Length; number++)
        {
            found = CryptographicOperations.FixedTimeEquals(hash, _hashes[number]) ? number : found;
        }

        return found >= 0
            ? found
            : throw new ApiException(HttpStatusCode.Unauthorized, given is null ? "an API key is needed: Authorization: Bearer KEY" : "the API key is wrong") { Code = "invalid_api_key" };
    }
}
