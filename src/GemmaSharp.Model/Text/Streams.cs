using GemmaSharp.Kernels.Tensors;

namespace GemmaSharp.Model.Text;

/// <summary>A view of the AltUp streams, [streams, tokens, hidden].</summary>
internal readonly ref struct Streams(Span<float> values, int count, int tokens, int hiddenSize)
{
    public Span<float> Values { get; } = values[..(count * tokens * hiddenSize)];

    public int Count => count;

    public int Tokens => tokens;

    public int HiddenSize => hiddenSize;

    /// <summary>One stream, [tokens, hidden].</summary>
    public Matrix this[int stream] => new(Values.Slice(stream * tokens * hiddenSize, tokens * hiddenSize), tokens, hiddenSize);

    /// <summary>Elements from a token in one stream to the same token in the next.</summary>
    public int Stride => tokens * hiddenSize;

    /// <summary>The values from a token of stream 0 on.</summary>
    public Span<float> From(int token) => Values[(token * hiddenSize)..];

    /// <summary>Moves the rows of every stream whose logits are wanted to the front and returns the streams of these alone.</summary>
    public Streams KeepWanted(PassRows rows)
    {
        for (int stream = 0; stream < count; stream++)
        {
            rows.CopyWanted(this[stream], Values[(stream * rows.Wanted * hiddenSize)..]);
        }

        return new Streams(Values, count, rows.Wanted, hiddenSize);
    }
}
