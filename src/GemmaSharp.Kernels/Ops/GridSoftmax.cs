using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace GemmaSharp.Kernels.Ops;

/// <summary>The softmax of <see cref="GridAttend"/>, whose rows lie in pieces of 128; dividing by the sum is left to the caller.</summary>
internal static unsafe class GridSoftmax
{
    private const int Piece = PanelTile.BlockColumns;
    private const int Lanes = 16;

    /// <summary>values = exp(values - max); returns their sum, in sixteen lanes of an order that depends on the count only.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static float Exponentials(float* values, nint pieceStride, int count)
    {
        Vector512<float> top = Vector512.Create(float.NegativeInfinity);
        for (int start = 0; start < count; start += Piece)
        {
            float* piece = values + (start / Piece * pieceStride);
            Pad(piece, int.Min(Piece, count - start));
            for (int at = 0; at < int.Min(Piece, count - start); at += Lanes)
            {
                top = Vector512.MaxNative(top, Vector512.Load(piece + at));
            }
        }

        Vector256<float> eight = Vector256.MaxNative(top.GetLower(), top.GetUpper());
        Vector128<float> four = Vector128.MaxNative(eight.GetLower(), eight.GetUpper());
        Vector512<float> shift = Vector512.Create(MathF.Max(MathF.Max(four[0], four[1]), MathF.Max(four[2], four[3]))), sum = default;
        for (int start = 0; start < count; start += Piece)
        {
            float* piece = values + (start / Piece * pieceStride);
            for (int at = 0; at < int.Min(Piece, count - start); at += Lanes)
            {
                Vector512<float> power = Exponential.Of(Vector512.Load(piece + at) - shift);
                power.Store(piece + at);
                sum += power;
            }
        }

        return Elementwise.SumLanes(sum.GetLower() + sum.GetUpper());
    }

    // The last vector's places behind the row become exp(-inf) = 0; a piece has room for them.
    private static void Pad(float* piece, int count)
    {
        for (int at = count; at % Lanes != 0; at++)
        {
            piece[at] = float.NegativeInfinity;
        }
    }
}
