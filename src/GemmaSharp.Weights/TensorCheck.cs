using System.Numerics;
using System.Security.Cryptography;
using GemmaSharp.Kernels.Ops;
using GemmaSharp.Kernels.Tensors;

namespace GemmaSharp.Weights;

/// <summary>Looks through a tensor's data, a piece at a time, for scales and weights that are no numbers.</summary>
public static class TensorCheck
{
    private const int PieceWeights = 1 << 18;
    private const byte NoScale = 255; // of MXFP4: the exponent that E8M0 keeps for "not a number"

    /// <summary>What is wrong with a tensor's data, in words; null when nothing is, or when it holds no weights.</summary>
    /// <param name="source">Holds it.</param>
    /// <param name="entry">The tensor.</param>
    /// <param name="hash">Takes its bytes too; null for none.</param>
    /// <exception cref="WeightException">The file no longer holds it.</exception>
    public static string? Find(IWeightSource source, WeightEntry entry, IncrementalHash? hash)
    {
        WeightType? type = WeightTypes.Parse(entry.TypeName);
        (int length, int bytes) = type is WeightType known ? (WeightTypes.BlockLength(known), WeightTypes.BlockBytes(known)) : (1, 1);
        int pieceBytes = PieceWeights / length * bytes;
        byte[] stored = new byte[long.Min(pieceBytes, entry.ByteCount)];
        float[] values = new float[PieceWeights];
        long wrong = 0, first = -1;
        for (long offset = 0; offset < entry.ByteCount; offset += pieceBytes)
        {
            Span<byte> piece = stored.AsSpan(0, (int)long.Min(pieceBytes, entry.ByteCount - offset));
            source.Read(entry, offset, piece);
            hash?.AppendData(piece);
            if (type is WeightType one)
            {
                Count(one, piece, values.AsSpan(0, piece.Length / bytes * length), offset / bytes, ref wrong, ref first);
            }
        }

        string what = length > 1 ? $"blocks of {type} have no finite values" : "values are not finite";
        return wrong == 0 ? null : $"{wrong} {what}, the first is {first}";
    }

    // A scale that is no number makes its block's values none: a product with infinity is infinite or, with 0, no number.
    private static void Count(WeightType type, ReadOnlySpan<byte> stored, Span<float> values, long start, ref long wrong, ref long first)
    {
        FloatConvert.ToFloat(type, stored, values);
        if (type != WeightType.MXFP4 && AllFinite(values))
        {
            return;
        }

        int length = WeightTypes.BlockLength(type), bytes = WeightTypes.BlockBytes(type);
        for (int block = 0; block < values.Length / length; block++)
        {
            if (!AllFinite(values.Slice(block * length, length)) || (type == WeightType.MXFP4 && stored[block * bytes] == NoScale))
            {
                first = wrong == 0 ? start + block : first;
                wrong++;
            }
        }
    }

    private static bool AllFinite(ReadOnlySpan<float> values)
    {
        // x - x is 0 for numbers, and no number for the others.
        Vector<float> sum = default;
        int at = 0;
        for (; at <= values.Length - Vector<float>.Count; at += Vector<float>.Count)
        {
            Vector<float> some = new(values[at..]);
            sum += some - some;
        }

        float rest = Vector.Sum(sum);
        for (; at < values.Length; at++)
        {
            rest += values[at] - values[at];
        }

        return rest == 0;
    }
}
