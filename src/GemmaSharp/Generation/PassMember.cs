using System.Runtime.ExceptionServices;
using GemmaSharp.Model;

namespace GemmaSharp.Generation;

/// <summary>An answer's place in shared passes, from its prompt on until it ends. Its own thread calls it; the thread that leads a pass serves it.</summary>
internal sealed class PassMember(SharedPasses passes, ModelState state) : IDisposable
{
    private ReadOnlyMemory<int> _ids;
    private ReadOnlyMemory<float> _softTokens;
    private Memory<float> _logits;
    private volatile bool _isWaiting;

    /// <summary>Whether a pass must take its tokens; the leader of a pass clears it.</summary>
    public bool IsWaiting
    {
        get => _isWaiting;
        set => _isWaiting = value;
    }

    /// <summary>Whether the next pass waits a little for it: it was in a pass and has not kept one waiting in vain since.</summary>
    public bool IsExpected { get; set; }

    /// <summary>Whether its tokens are a prompt, of which a pass may take the first only.</summary>
    public bool IsPrompt { get; private set; }

    /// <summary>What of the model computes it.</summary>
    public ModelSlice Slice => state.Slice;

    /// <summary>Tokens that wait.</summary>
    public int Left => _ids.Length;

    /// <summary>How many of them the running pass takes.</summary>
    public int Taken { get; set; }

    /// <summary>How many sequences the last pass was for that took its tokens.</summary>
    public int Sharers { get; set; }

    /// <summary>How many members were there at its end that passes wait for, this one included.</summary>
    public int Answers { get; set; }

    /// <summary>Passes that went by without any of them.</summary>
    public int Waited { get; set; }

    /// <summary>What its pass ended with.</summary>
    public ExceptionDispatchInfo? Failure { get; set; }

    /// <summary>Wakes its thread to look again whether it was served or leads.</summary>
    public SemaphoreSlim Signal { get; } = new(0);

    /// <summary>Computes the first tokens of what is left of a prompt, as many as the pass has room for.</summary>
    /// <param name="ids">What is left.</param>
    /// <param name="softTokens">Rows of the placeholders among them, [k, hidden].</param>
    /// <param name="logits">[vocab]: set when the last token is computed.</param>
    /// <returns>How many were computed.</returns>
    public int Prefill(ReadOnlyMemory<int> ids, ReadOnlyMemory<float> softTokens, Memory<float> logits)
    {
        (_ids, _softTokens, _logits, IsPrompt) = (ids, softTokens, logits, true);
        passes.Run(this);
        return Taken;
    }

    /// <summary>Computes a token of the answer and drafts of those to come, all in one pass.</summary>
    /// <param name="ids">The tokens.</param>
    /// <param name="logits">[tokens, vocab]</param>
    public void Decode(ReadOnlyMemory<int> ids, Memory<float> logits)
    {
        (_ids, _softTokens, _logits, IsPrompt) = (ids, default, logits, false);
        passes.Run(this);
    }

    /// <summary>The tokens that the running pass takes.</summary>
    public PassItem Item(Gemma3nModel model)
    {
        ReadOnlyMemory<int> ids = _ids[..Taken];
        int placeholders = 0;
        foreach (int id in ids.Span)
        {
            placeholders += !_softTokens.IsEmpty && model.IsPlaceholder(id) ? 1 : 0;
        }

        // Rows that are missing are for the model to refuse.
        int rows = int.Min(placeholders * model.Config.Text.HiddenSize, _softTokens.Length);
        return new PassItem(state, ids, Taken == _ids.Length ? _logits : default) { SoftTokens = _softTokens[..rows], AllLogits = !IsPrompt };
    }

    /// <summary>Leaves; no pass waits for it any more.</summary>
    public void Dispose()
    {
        passes.Leave(this);
        Signal.Dispose();
    }
}
