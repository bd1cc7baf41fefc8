using System.Runtime.InteropServices;
using GemmaSharp.Kernels.KeyValues;
using GemmaSharp.Model;

namespace GemmaSharp.Prefixes;

/// <summary>What a sequence's state holds, position by position, and what it takes from and gives to others.</summary>
/// <param name="state">The state; disposed with this.</param>
/// <param name="cache">Where others' are; null shares nothing.</param>
/// <param name="tag">With whom it shares.</param>
internal sealed class HeldTokens(ModelState state, PrefixCache? cache, PrefixTag tag) : IDisposable
{
    private readonly List<PrefixToken> _tokens = [];
    private PrefixTag _tag = tag;

    public ModelState State => state;

    /// <summary>Positions held.</summary>
    public int Count => _tokens.Count;

    /// <summary>Lets a slice compute what follows; what another one computed is of no use to it.</summary>
    public void Use(ModelSlice slice)
    {
        if (slice != state.Slice)
        {
            Keep();
            _tokens.Clear();
            state.Use(slice);
            _tag = _tag with { Slice = slice.Name };
        }
    }

    /// <summary>Goes back to the longest beginning that a prompt has too. At least one token is left to compute, for its logits.</summary>
    public void Rewind(ReadOnlySpan<PrefixToken> prompt)
    {
        int common = CollectionsMarshal.AsSpan(_tokens).CommonPrefixLength(prompt[..^1]);
        if (!state.TryTruncate(common))
        {
            state.Clear();
            common = 0;
        }

        _tokens.RemoveRange(common, _tokens.Count - common);
    }

    /// <summary>Takes what others computed of a prompt, and says that its next tokens are computed now.</summary>
    /// <param name="prompt">What is held is a beginning of it.</param>
    /// <param name="most">Tokens that will be computed next, at most.</param>
    /// <param name="cancel">Ends a wait for others that compute the same.</param>
    public PrefixClaim? Claim(PrefixToken[] prompt, int most, CancellationToken cancel)
    {
        PrefixClaim? claim = cache?.Claim(_tag, prompt, most, state, cancel);
        _tokens.AddRange(prompt.AsSpan(_tokens.Count..state.Position));
        return claim;
    }

    /// <summary>Tokens that were computed; blocks that they filled are others' from now on too.</summary>
    public void Add(params ReadOnlySpan<PrefixToken> tokens)
    {
        int blocks = _tokens.Count / SharedBlocks.Tokens;
        _tokens.AddRange(tokens);
        if (_tokens.Count / SharedBlocks.Tokens > blocks)
        {
            cache?.Offer(_tag, CollectionsMarshal.AsSpan(_tokens), state, tail: false);
        }
    }

    /// <summary>Gives others everything that is held.</summary>
    public void Keep() => cache?.Offer(_tag, CollectionsMarshal.AsSpan(_tokens), state, tail: true);

    public void Dispose()
    {
        Keep();
        _tokens.Clear();
        state.Dispose();
    }
}
