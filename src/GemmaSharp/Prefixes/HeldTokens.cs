using GemmaSharp.Kernels.KeyValues;
using GemmaSharp.Model;

namespace GemmaSharp.Prefixes;

/// <summary>What a sequence's state holds, position by position, and what it takes from and gives to others.</summary>
/// <param name="state">The state; disposed with this.</param>
/// <param name="cache">Where others' are; null shares nothing.</param>
/// <param name="tag">With whom it shares.</param>
internal sealed class HeldTokens(ModelState state, PrefixCache? cache, PrefixTag tag) : IDisposable
{
    private PrefixToken[] _tokens = new PrefixToken[SharedBlocks.Tokens];
    private PrefixTag _tag = tag;

    public ModelState State => state;

    /// <summary>Positions held.</summary>
    public int Count { get; private set; }

    private ReadOnlySpan<PrefixToken> Tokens => _tokens.AsSpan(0, Count);

    /// <summary>Lets a slice compute what follows; what another one computed is of no use to it.</summary>
    public void Use(ModelSlice slice)
    {
        if (slice != state.Slice)
        {
            Keep();
            Count = 0;
            state.Use(slice);
            _tag = _tag with { Slice = slice.Name };
        }
    }

    /// <summary>Goes back to the longest beginning that a prompt has too. At least one token is left to compute, for its logits.</summary>
    public void Rewind(ReadOnlySpan<PrefixToken> prompt)
    {
        int common = Tokens.CommonPrefixLength(prompt[..^1]);
        if (!state.TryTruncate(common))
        {
            state.Clear();
            common = 0;
        }

        Count = common;
    }

    /// <summary>Takes what others computed of a prompt, and says that its next tokens are computed now.</summary>
    /// <param name="prompt">What is held is a beginning of it.</param>
    /// <param name="most">Tokens that will be computed next, at most.</param>
    /// <param name="cancel">Ends a wait for others that compute the same.</param>
    public PrefixClaim? Claim(PrefixToken[] prompt, int most, CancellationToken cancel)
    {
        PrefixClaim? claim = cache?.Claim(_tag, prompt, most, state, cancel);
        Append(prompt.AsSpan(Count..state.Position));
        return claim;
    }

    /// <summary>Tokens that were computed; blocks that they filled are others' from now on too.</summary>
    public void Add(params ReadOnlySpan<PrefixToken> tokens)
    {
        int blocks = Count / SharedBlocks.Tokens;
        Append(tokens);
        if (Count / SharedBlocks.Tokens > blocks)
        {
            cache?.Offer(_tag, Tokens, state, tail: false);
        }
    }

    /// <summary>Gives others everything that is held.</summary>
    public void Keep() => cache?.Offer(_tag, Tokens, state, tail: true);

    public void Dispose()
    {
        Keep();
        Count = 0;
        state.Dispose();
    }

    private void Append(ReadOnlySpan<PrefixToken> tokens)
    {
        if (Count + tokens.Length > _tokens.Length)
        {
            Array.Resize(ref _tokens, int.Max(2 * _tokens.Length, Count + tokens.Length));
        }

        tokens.CopyTo(_tokens.AsSpan(Count));
        Count += tokens.Length;
    }
}
