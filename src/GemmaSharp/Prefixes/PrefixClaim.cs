using GemmaSharp.Kernels.KeyValues;

namespace GemmaSharp.Prefixes;

/// <summary>Word that a sequence computes the tokens from..end-1 of a prompt now, so that others with the same beginning wait and do not compute it too.</summary>
internal sealed class PrefixClaim(PrefixCache cache, PrefixTag tag, PrefixToken[] prompt, int from, int end) : IDisposable
{
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The token behind the last that is computed.</summary>
    public int End => end;

    /// <summary>Whether a prompt that is computed up to <paramref name="position"/> will find the rest of the block there, and its full end, when this is done.</summary>
    public bool Promises(PrefixTag asked, ReadOnlySpan<PrefixToken> other, int position) =>
        asked == tag
        && Blocks(from) <= Blocks(position)
        && Blocks(prompt.AsSpan(0, end).CommonPrefixLength(other[..^1])) > Blocks(position);

    /// <summary>Waits until it is done.</summary>
    public void Wait(CancellationToken cancel) => _done.Task.Wait(cancel);

    public void Dispose()
    {
        cache.End(this);
        _done.TrySetResult();
    }

    private static int Blocks(int position) => position / SharedBlocks.Tokens;
}
