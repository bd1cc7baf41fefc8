using System.Security.Cryptography;

namespace GemmaSharp.Prompting;

/// <summary>A prompt ready for the model.</summary>
/// <param name="Ids">Token ids, placeholders included.</param>
/// <param name="Media">Rows for the placeholders, one array a picture or clip, in order.</param>
internal sealed record Prompt(int[] Ids, IReadOnlyList<EncodedMedia> Media)
{
    /// <summary>What reading and encoding the media cost, for the statistics.</summary>
    public IReadOnlyList<MediaUsage> Costs { get; init; } = [];

    /// <summary>Rows of one kind of media.</summary>
    /// <param name="kind">"image" or "audio".</param>
    /// <param name="hidden">Width of a row.</param>
    public int RowCount(string kind, int hidden) => Media.Where(media => media.Kind == kind).Sum(media => media.Rows.Length / hidden);
}

/// <summary>A picture or clip as rows for the decoder.</summary>
/// <param name="Kind">"image" or "audio".</param>
/// <param name="Rows">[rows, hidden].</param>
internal sealed record EncodedMedia(string Kind, float[] Rows)
{
    private string? _hash;

    /// <summary>SHA-256 of the rows, which are not changed any more.</summary>
    public string Hash => _hash ??= HashOf(Rows);

    private static string HashOf(float[] rows)
    {
        byte[] bytes = new byte[rows.Length * sizeof(float)];
        Buffer.BlockCopy(rows, 0, bytes, 0, bytes.Length);
        return Convert.ToHexString(SHA256.HashData(bytes));
    }
}
