using System.Numerics;
using System.Text;
using GemmaSharp.Grammar;
using GemmaSharp.Grammar.Tokens;

namespace GemmaSharp.Tests.Grammar;

/// <summary>Texts drawn at random through a grammar's masks, and texts tried byte by byte.</summary>
internal static class Walk
{
    private const int MostTokens = 20_000;

    /// <summary>A whole text; the longer it gets the more the walk wants its end.</summary>
    public static string Draw(TokenGrammar grammar, Random random, Action<GrammarMatcher, ulong[]>? look = null)
    {
        GrammarMatcher matcher = grammar.CreateMatcher();
        ulong[] bits = new ulong[matcher.MaskLength];
        List<byte> text = [];
        for (int count = 0; count < MostTokens; count++)
        {
            matcher.FillMask(bits);
            look?.Invoke(matcher, bits);
            int[] ids = [.. Allowed(bits)];
            Assert.NotEmpty(ids);
            int id = matcher.IsComplete && random.Next(3) == 0 ? Vocabularies.End : Choose(grammar.Trie, ids, random, count);
            Assert.True(matcher.TryAccept(id), $"token {id} is in the mask and refused behind {Encoding.UTF8.GetString([.. text])}");
            if (matcher.IsEnded)
            {
                return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString([.. text]);
            }

            text.AddRange(grammar.Trie.Piece(id));
        }

        throw new InvalidOperationException($"no end after {MostTokens} tokens");
    }

    /// <summary>Whether a grammar has a text, taken byte by byte.</summary>
    public static bool Accepts(TextGrammar grammar, string text) => Accepts(new TokenGrammar(grammar, Vocabularies.Small), text);

    public static bool Accepts(TokenGrammar grammar, string text)
    {
        const int firstByte = 2;
        GrammarMatcher matcher = grammar.CreateMatcher();
        return Encoding.UTF8.GetBytes(text).All(one => matcher.TryAccept(firstByte + one)) && matcher.IsComplete;
    }

    public static IEnumerable<int> Allowed(ulong[] bits)
    {
        for (int word = 0; word < bits.Length; word++)
        {
            for (ulong left = bits[word]; left != 0; left &= left - 1)
            {
                yield return (word * 64) + BitOperations.TrailingZeroCount(left);
            }
        }
    }

    // Late in a text what closes is preferred, or random texts of recursive grammars grow without end.
    private static int Choose(TokenTrie trie, int[] ids, Random random, int count)
    {
        const int patience = 40;
        int[] closing = count < patience ? [] : [.. ids.Where(id => id == Vocabularies.End || trie.Piece(id) is [(byte)'"' or (byte)'}' or (byte)']' or (byte)'1' or (byte)'n'])];
        return closing.Length > 0 && random.Next(8) != 0 ? closing[random.Next(closing.Length)] : ids[random.Next(ids.Length)];
    }
}
