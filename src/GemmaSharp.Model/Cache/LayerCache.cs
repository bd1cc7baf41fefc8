using GemmaSharp.Kernels.KeyValues;
using GemmaSharp.Kernels.Tensors;

namespace GemmaSharp.Model.Cache;

/// <summary>Keys and values of one layer; a sliding layer forgets what no later query can see, but for some that a conversation may step back to.</summary>
internal sealed class LayerCache(KeyValueStore store, int window) : IDisposable
{
    // A chat renders its history anew for every turn and may differ from what was decoded in the last few tokens.
    private const int Slack = 128;

    /// <summary>How many keys a query sees, itself included; int.MaxValue for a full layer.</summary>
    public int Window => window;

    public KeyValueStore Store => store;

    /// <summary>Adds the keys and values of the next tokens, [tokens, keyValueHeads * headDim].</summary>
    public void Append(Matrix keys, Matrix values)
    {
        store.Forget((int)long.Max(0, store.EndPosition - (long)window + 1 - Slack));
        store.Append(keys, values);
    }

    /// <summary>Whether every key that a token at <paramref name="position"/> sees is still held.</summary>
    public bool CanTruncate(int position) => position <= store.EndPosition && store.FirstPosition <= FirstSeen(position);

    /// <summary>Whether blocks that begin at position 0 hold every key that a token at <paramref name="position"/> sees in the layer of this number.</summary>
    public bool CanAdopt(ReadOnlySpan<SharedBlocks> chain, int number, int position)
    {
        foreach (SharedBlocks blocks in chain[(FirstSeen(position) / SharedBlocks.Tokens)..])
        {
            if (!blocks.Has(number))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Holds those keys and values, and no others.</summary>
    public void Adopt(ReadOnlySpan<SharedBlocks> chain, int number, int position) => store.Adopt(chain, number, FirstSeen(position), position);

    /// <summary>Drops everything from <paramref name="position"/> on.</summary>
    public void Truncate(int position)
    {
        if (position == 0)
        {
            store.Clear();
        }
        else
        {
            store.Truncate(position);
        }
    }

    public void Dispose() => store.Dispose();

    private int FirstSeen(int position) => (int)long.Max(0, position - (long)window + 1);
}
