using System.Buffers;
using System.Text;

namespace GemmaSharp.Tokenization.SentencePiece;

/// <summary>
/// Pieces and scores from a tokenizer.json, where no tokenizer.model tells them: a piece's score is minus its place among the results of
/// merges, so that what merges first there merges first here. That holds where the merges to one piece stand together, as in every list made
/// from SentencePiece; other lists are refused.
/// </summary>
internal static class ScoresFromMerges
{
    /// <exception cref="InvalidDataException">It is malformed, or its merges follow no scores.</exception>
    public static List<VocabularyPiece> Read(string path)
    {
        try
        {
            return FromVocabulary(Tokenizer.ReadVocabulary(File.ReadAllBytes(path)));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            throw new InvalidDataException($"{path}: {error.Message}", error);
        }
    }

    private static List<VocabularyPiece> FromVocabulary(Vocabulary vocabulary)
    {
        HashSet<int> added = [.. vocabulary.Added.Select(token => token.Id)];
        Dictionary<int, int> places = Places(vocabulary, added);
        int next = places.Count;
        List<VocabularyPiece> pieces = new(vocabulary.Pieces.Count);
        for (int id = 0; id < vocabulary.Pieces.Count; id++)
        {
            PieceType type = id == vocabulary.UnknownId ? PieceType.Unknown
                : vocabulary.ByteOf(id) >= 0 ? PieceType.Byte
                : places.ContainsKey(id) || added.Contains(id) || IsOneCharacter(vocabulary.Pieces[id]) ? PieceType.Normal
                : PieceType.Unused;

            // Single characters come behind all merges, in the order of their ids; added tokens are found before any.
            float score = type != PieceType.Normal || added.Contains(id) ? 0 : -(float)(places.TryGetValue(id, out int place) ? place : next++);
            pieces.Add(new VocabularyPiece(vocabulary.Pieces[id], score, type));
        }

        return pieces;
    }

    // Longer pieces that no merge makes never come about.
    private static bool IsOneCharacter(string piece) => Rune.DecodeFromUtf16(piece, out _, out int length) == OperationStatus.Done && length == piece.Length;

    private static Dictionary<int, int> Places(Vocabulary vocabulary, HashSet<int> added)
    {
        Dictionary<int, int> places = [];
        int last = -1;
        foreach (int merged in vocabulary.MergeResults.Where(id => !added.Contains(id)))
        {
            if (merged != last && !places.TryAdd(merged, places.Count))
            {
                throw new InvalidDataException($"its merges to '{vocabulary.Pieces[merged]}' do not stand together, so no scores give their order; a tokenizer.model is needed");
            }

            last = merged;
        }

        return places;
    }
}
