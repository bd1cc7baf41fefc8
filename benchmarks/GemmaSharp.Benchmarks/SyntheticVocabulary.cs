using System.Text;
using GemmaSharp.Grammar.Tokens;

namespace GemmaSharp.Benchmarks;

/// <summary>A vocabulary of Gemma's size that grows as merges do: 262144 tokens, about 590 thousand nodes.</summary>
internal static class SyntheticVocabulary
{
    private const int Tokens = 262_144;
    private const int MostCharacters = 40;
    private const string Letters = "etaoinshrdlucmfwypvbgkjqxz";
    private const string Signs = ",.:;()[]{}\"'\\/-_<>=+*";

    public static TokenTrie Create()
    {
        Random random = new(1);
        List<string> pieces = [.. (Letters + Letters.ToUpperInvariant() + Signs + "0123456789\n ").Select(one => $"{one}"), "\",", "\":", "\": ", "{\"", "\"}", "},", "}]", "\n  "];
        HashSet<string> known = [.. pieces];
        byte[][] bytes = [.. Enumerable.Range(0, 256).Select(value => new[] { (byte)value })];
        while (pieces.Count < Tokens - 1 - bytes.Length)
        {
            string piece = Grow(random, pieces);
            if (piece.Length < MostCharacters && known.Add(piece))
            {
                pieces.Add(piece);
            }
        }

        return new TokenTrie([null, .. bytes, .. pieces.Select(Encoding.UTF8.GetBytes)], [0]);
    }

    private static string Grow(Random random, List<string> pieces)
    {
        StringBuilder piece = new(random.Next(5) == 0 ? " " : pieces[random.Next(int.Min(pieces.Count, 1 + random.Next(pieces.Count)))]);
        for (int length = 1 + random.Next(3); length > 0; length--)
        {
            int kind = random.Next(60);
            piece.Append(kind == 0 ? Signs[random.Next(Signs.Length)] : kind < 8 ? (char)(0xC0 + random.Next(8000)) : Letters[random.Next(random.Next(Letters.Length) + 1)]);
        }

        return piece.ToString();
    }
}
