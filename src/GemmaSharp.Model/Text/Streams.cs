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

    /// <summary>Moves the last token of every stream to the front and returns the streams of that token alone.</summary>
    public Streams KeepLast()
    {
        for (int stream = 0; stream < count; stream++)
        {
            this[stream][tokens - 1].CopyTo(Values[(stream * hiddenSize)..]);
        }

        return new Streams(Values, count, 1, hiddenSize);
    }
}
