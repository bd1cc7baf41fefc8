using System.Text.Json;
using GemmaSharp.Server.Http;
using GemmaSharp.Server.Json;

namespace GemmaSharp.Server.Requests;

/// <summary>Lists of token ids.</summary>
internal static class TokenFields
{
    private const int MostIds = 1 << 20;

    /// <summary>The ids of a list.</summary>
    /// <exception cref="ApiException">No list, too long, or an id outside the vocabulary.</exception>
    public static int[] Ids(JsonElement list, string path, int vocabulary)
    {
        if (list.ValueKind != JsonValueKind.Array || list.GetArrayLength() > MostIds)
        {
            throw Fields.Wrong(path, list, $"a list of at most {MostIds} token ids");
        }

        return [.. list.EnumerateArray().Select(one => one.ValueKind == JsonValueKind.Number && one.TryGetInt32(out int id) && id >= 0 && id < vocabulary
            ? id
            : throw Fields.Wrong(path, one, $"token ids from 0 to {vocabulary - 1}"))];
    }
}
