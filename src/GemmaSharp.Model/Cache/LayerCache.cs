using GemmaSharp.Kernels.Tensors;

namespace GemmaSharp.Model.Cache;

/// <summary>Keys and values of one layer in order of position; a sliding layer forgets what no later query can see.</summary>
internal sealed class LayerCache(int width, int window, int contextLength)
{
    // A sliding layer moves its window to the front of the buffer once in so many tokens.
    private const int Slack = 256;
    private float[] _keys = [];
    private float[] _values = [];
    private int _count;

    /// <summary>How many keys a query sees, itself included; int.MaxValue for a full layer.</summary>
    public int Window => window;

    /// <summary>Absolute position of the first key held.</summary>
    public int FirstPosition { get; private set; }

    /// <summary>[held, keyValueHeads * headDim].</summary>
    public Matrix Keys => new(_keys, _count, width);

    public Matrix Values => new(_values, _count, width);

    public long Bytes => (long)sizeof(float) * (_keys.Length + _values.Length);

    /// <summary>Adds the keys and values of the next tokens, [tokens, keyValueHeads * headDim].</summary>
    public void Append(Matrix keys, Matrix values)
    {
        Forget(keys.RowCount);
        Reserve(_count + keys.RowCount);
        keys.Values.CopyTo(_keys.AsSpan(_count * width));
        values.Values.CopyTo(_values.AsSpan(_count * width));
        _count += keys.RowCount;
    }

    /// <summary>Whether every key that a token at <paramref name="position"/> sees is still held.</summary>
    public bool CanTruncate(int position) =>
        position <= FirstPosition + _count && FirstPosition <= int.Max(0, (int)long.Max(0, position - (long)window + 1));

    /// <summary>Drops everything from <paramref name="position"/> on.</summary>
    public void Truncate(int position)
    {
        if (position == 0)
        {
            FirstPosition = 0;
        }

        _count = int.Max(0, position - FirstPosition);
    }

    private void Forget(int incoming)
    {
        if (window == int.MaxValue || (long)_count + incoming <= (long)window + Slack)
        {
            return;
        }

        int keep = int.Min(_count, window - 1);
        int drop = _count - keep;
        _keys.AsSpan(drop * width, keep * width).CopyTo(_keys);
        _values.AsSpan(drop * width, keep * width).CopyTo(_values);
        FirstPosition += drop;
        _count = keep;
    }

    private void Reserve(int rows)
    {
        int length = checked(rows * width);
        if (_keys.Length >= length)
        {
            return;
        }

        long most = window == int.MaxValue ? contextLength : (long)window + Slack;
        int capacity = checked((int)long.Max(length, long.Min(most * width, 2L * length)));
        Array.Resize(ref _keys, capacity);
        Array.Resize(ref _values, capacity);
    }
}
