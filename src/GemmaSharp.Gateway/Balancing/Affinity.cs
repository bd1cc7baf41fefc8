using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace GemmaSharp.Gateway.Balancing;

/// <summary>What binds a request to a replica: a conversation whose keys and values one may hold, or a stored response that one keeps.</summary>
/// <param name="Conversation">A hash of what all requests of the conversation share; null where nothing tells.</param>
/// <param name="ResponseId">The stored response that is asked for or followed.</param>
internal readonly record struct Affinity(ulong? Conversation, string? ResponseId)
{
    /// <summary>Header by which a client names its conversation itself.</summary>
    public const string SessionHeader = "X-Session-Id";

    // A completion's prompt is compared from its beginning, and so are caches.
    private const int PromptCharacters = 256;
    private const int LongestId = 256;
    private static readonly PathString Stored = new("/v1/responses");

    /// <summary>Reads it from path, header and body, in this order.</summary>
    /// <param name="request">The request.</param>
    /// <param name="body">Its body; empty where it is not held as a whole.</param>
    public static Affinity Read(HttpRequest request, ReadOnlyMemory<byte> body)
    {
        if (request.Path.StartsWithSegments(Stored, StringComparison.Ordinal, out PathString rest) && rest.Value is { Length: > 1 } id)
        {
            return new Affinity(null, Bounded(id[1..]));
        }

        ulong? session = request.Headers[SessionHeader].ToString() is { Length: > 0 } name ? Hash([name]) : null;
        if (body.IsEmpty || request.ContentType?.StartsWith("application/json", StringComparison.OrdinalIgnoreCase) != true)
        {
            return new Affinity(session, null);
        }

        try
        {
            using JsonDocument document = JsonDocument.Parse(body);
            JsonElement root = document.RootElement;
            return root.ValueKind == JsonValueKind.Object ? new Affinity(session ?? Named(root) ?? Opening(root), Bounded(Text(root, "previous_response_id"))) : new Affinity(session, null);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException) // the latter for text that is no UTF-8, or half a pair
        {
            return new Affinity(session, null); // the replica says what is wrong with it
        }
    }

    private static ulong? Named(JsonElement root) => Text(root, "prompt_cache_key") is { Length: > 0 } name ? Hash([name]) : null;

    // Instructions and everything up to the first user message: later turns repeat exactly that.
    private static ulong? Opening(JsonElement root)
    {
        List<string> parts = [.. Raw(root, "system"), .. Raw(root, "instructions")];
        foreach (string list in (string[])["messages", "input"])
        {
            if (!root.TryGetProperty(list, out JsonElement messages))
            {
                continue;
            }

            JsonElement[] all = messages.ValueKind == JsonValueKind.Array ? [.. messages.EnumerateArray()] : [messages];
            int first = Array.FindIndex(all, one => one.ValueKind == JsonValueKind.Object && Text(one, "role") == "user");
            parts.AddRange(all.Take(first < 0 ? all.Length : first + 1).Select(one => one.GetRawText()));
        }

        if (parts.Count == 0 && Text(root, "prompt") is string prompt)
        {
            parts.Add(prompt[..int.Min(prompt.Length, PromptCharacters)]);
        }

        parts.AddRange(parts.Count == 0 ? Raw(root, "user") : []);
        return parts.Count > 0 ? Hash(parts) : null;
    }

    private static string[] Raw(JsonElement root, string name) => root.TryGetProperty(name, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? [value.GetRawText()] : [];

    private static string? Text(JsonElement root, string name) => root.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static string? Bounded(string? id) => id is { Length: > 0 and <= LongestId } ? id : null;

    private static ulong Hash(IEnumerable<string> parts)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (string part in parts)
        {
            hash.AppendData(Encoding.UTF8.GetBytes(part));
            hash.AppendData("\0"u8);
        }

        return BinaryPrimitives.ReadUInt64LittleEndian(hash.GetHashAndReset());
    }
}
