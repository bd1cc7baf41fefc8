using System.Text.RegularExpressions;

namespace GemmaSharp.Tokenization;

/// <summary>Builds a vocabulary from SentencePiece's pieces, scores and types, so that it gives the ids of the tokenizer.json made of them.</summary>
internal static partial class PieceVocabulary
{
    private const string SpaceMark = "\u2581";

    /// <param name="pieces">Texts by id.</param>
    /// <param name="scores">A higher one merges first.</param>
    /// <param name="types">What each piece is for.</param>
    /// <exception cref="InvalidDataException">The lists have different lengths, or are too long.</exception>
    public static Vocabulary Build(string[] pieces, ReadOnlySpan<float> scores, ReadOnlySpan<PieceType> types)
    {
        if (pieces.Length == 0 || pieces.Length > PieceMerges.MaxPieces || scores.Length != pieces.Length || types.Length != pieces.Length)
        {
            throw new InvalidDataException(
                $"{pieces.Length} pieces, {scores.Length} scores and {types.Length} types in the vocabulary; equal counts from 1 to {PieceMerges.MaxPieces} expected");
        }

        Dictionary<string, int> ids = new(pieces.Length);
        List<AddedToken> added = [];
        int unknown = -1;
        for (int id = 0; id < pieces.Length; id++)
        {
            PieceType type = EffectiveType(pieces[id], types[id]);
            if (type == PieceType.UserDefined)
            {
                // GGUF writes these with plain spaces; the tokenizer matches the marks in them literally.
                pieces[id] = pieces[id].Replace(" ", SpaceMark, StringComparison.Ordinal);
            }

            bool isFirst = type != PieceType.Unused && ids.TryAdd(pieces[id], id);
            if (isFirst && pieces[id].Length > 0 && type is PieceType.UserDefined or PieceType.Control or PieceType.Unknown)
            {
                added.Add(new AddedToken(pieces[id], id, type != PieceType.UserDefined));
            }

            unknown = type == PieceType.Unknown || pieces[id] == "<unk>" ? id : unknown;
        }

        return new Vocabulary(pieces, ids, added, new PieceMerges(pieces, ids, Ranks(pieces, scores, types))) { SpaceMark = SpaceMark, UnknownId = unknown };
    }

    /// <summary>Whether a piece fills a place for later use.</summary>
    public static bool IsKept(string piece) => FoundInText().IsMatch(piece);

    // Tokens with these names are written as control pieces, but are found in any text (formats.md 2.3).
    private static PieceType EffectiveType(string piece, PieceType type) =>
        type == PieceType.Control && FoundInText().IsMatch(piece) ? PieceType.UserDefined : type;

    // Runs of white space and the like merge before any text, text by its score, equals by their ids.
    private static int[] Ranks(string[] pieces, ReadOnlySpan<float> scores, ReadOnlySpan<PieceType> types)
    {
        const int idBits = 32;
        ulong[] keys = new ulong[pieces.Length]; // order, then id
        int[] ranks = new int[pieces.Length];
        for (int id = 0; id < pieces.Length; id++)
        {
            float order = EffectiveType(pieces[id], types[id]) switch
            {
                PieceType.UserDefined => float.NegativeInfinity,
                PieceType.Normal when !float.IsNaN(scores[id]) => 0f - scores[id],
                _ => float.NaN,
            };
            keys[id] = ((ulong)Ascending(order) << idBits) | (uint)id;
            ranks[id] = float.IsNaN(order) ? -1 : 0;
        }

        Array.Sort(keys);
        for (int rank = 0; rank < keys.Length; rank++)
        {
            int id = (int)(uint)keys[rank];
            ranks[id] = ranks[id] < 0 ? -1 : rank;
        }

        return ranks;
    }

    // Bits that order as the floats do.
    private static uint Ascending(float value)
    {
        const uint sign = 0x80000000;
        uint bits = BitConverter.SingleToUInt32Bits(value);
        return (bits & sign) != 0 ? ~bits : bits | sign;
    }

    [GeneratedRegex("^<(mask|unused[0-9]+)>$", RegexOptions.CultureInvariant)]
    private static partial Regex FoundInText();
}
