using System.Text;
using GemmaSharp.Grammar;
using GemmaSharp.Grammar.Tokens;
using GemmaSharp.Sampling;

namespace GemmaSharp.Tests.Library.Sampling;

/// <summary>A draw that asks the grammar about the likely tokens alone, against one from masked logits.</summary>
public sealed class MaskedDrawTests
{
    private const int Vocabulary = 900;
    private const int End = 256;
    private static readonly TokenTrie Trie = CreateTrie();

    [Theory]
    [InlineData(0, 0, 1)]
    [InlineData(1, 1, 1)]
    [InlineData(1.5, 7, 1)]
    [InlineData(1, 64, 0.9)]
    [InlineData(3, 300, 1)]
    [InlineData(3, 600, 1)]
    [InlineData(1, 0, 0.95)]
    public void Next_WithAMask_DrawsAsFromMaskedLogits(double temperature, int topK, double topP)
    {
        SamplingSettings settings = new(temperature, topK, topP, 0, 1, 0, 0);
        Random random = new(11);
        foreach (string pattern in new[] { "[a-m ]{0,40}", "(yes|no|nothing at all)", @"[\s\S]{3,}", "\"([a-z]{1,3},)*\"" })
        {
            TokenGrammar grammar = new(TextGrammar.FromRegex(pattern), Trie);
            GrammarMatcher matcher = grammar.CreateMatcher();
            Sampler masked = new(settings, seed: 5);
            Sampler asking = new(settings, seed: 5) { Mask = new AnswerMask(grammar.CreateMatcher()) };
            AnswerMask mask = new(matcher);
            for (int token = 0; token < 30 && !matcher.IsEnded; token++)
            {
                // Few levels, so that ties stand at the edge.
                float[] logits = [.. Enumerable.Range(0, Vocabulary).Select(_ => random.Next(40) / 4f)], other = [.. logits];
                mask.Apply(other);

                int expected = masked.Next(other);

                Assert.Equal(expected, asking.Next(logits));
                mask.Take(expected);
            }
        }
    }

    private static TokenTrie CreateTrie()
    {
        Random random = new(3);
        byte[]?[] pieces = new byte[]?[Vocabulary];
        for (int id = 0; id < Vocabulary; id++)
        {
            pieces[id] = id < End ? [(byte)id] : Encoding.ASCII.GetBytes([.. Enumerable.Range(0, random.Next(1, 5)).Select(_ => (char)random.Next('a', 'z' + 1))]);
        }

        return new TokenTrie(pieces, [End]);
    }
}
