using GemmaSharp.Grammar;
using GemmaSharp.Grammar.Tokens;

namespace GemmaSharp.Sampling;

/// <summary>Takes tokens that the answer's grammar does not allow out of the draw.</summary>
internal sealed class AnswerMask(GrammarMatcher matcher)
{
    private readonly ulong[] _bits = new ulong[matcher.MaskLength];

    /// <summary>Sets the logits of tokens that may not come next to minus infinity.</summary>
    public void Apply(Span<float> logits)
    {
        const int wordBits = 64;
        matcher.FillMask(_bits);
        for (int start = 0, word = 0; start < logits.Length; start += wordBits, word++)
        {
            // A model may have more rows than its tokenizer has tokens.
            ulong bits = word < _bits.Length ? _bits[word] : 0;
            Span<float> part = logits[start..int.Min(start + wordBits, logits.Length)];
            if (bits == 0)
            {
                part.Fill(float.NegativeInfinity);
                continue;
            }

            for (int bit = 0; bits != ulong.MaxValue && bit < part.Length; bit++)
            {
                part[bit] = (bits >> bit & 1) != 0 ? part[bit] : float.NegativeInfinity;
            }
        }
    }

    /// <summary>Whether a token may come next.</summary>
    public bool Allows(int id) => matcher.Allows(id);

    /// <summary>The text that must come next; empty where there is a choice.</summary>
    public string ForcedText() => matcher.ForcedText();

    /// <summary>How many of the tokens, from the first on, the grammar allows to come next.</summary>
    public int CountAllowed(ReadOnlySpan<int> ids)
    {
        GrammarMatcher ahead = matcher.Fork();
        int count = 0;
        try
        {
            while (count < ids.Length && ahead.TryAccept(ids[count]))
            {
                count++;
            }
        }
        catch (GrammarException)
        {
            // Beyond the grammar's limits on a way that the answer may never take.
        }

        return count;
    }

    /// <summary>Goes on behind a token that was drawn.</summary>
    public void Take(int id)
    {
        if (!matcher.TryAccept(id))
        {
            throw new InvalidOperationException($"token {id} was drawn where the grammar does not allow it");
        }
    }
}
