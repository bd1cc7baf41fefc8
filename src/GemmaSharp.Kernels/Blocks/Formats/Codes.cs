using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace GemmaSharp.Kernels.Blocks.Formats;

/// <summary>
/// Steps that block formats share. A product of scale, sub-scale and code fits in 24 bits, so it is exact in float32 in any order; only
/// adding a minimum rounds.
/// </summary>
internal static unsafe class Codes
{
    /// <summary>Values that the codes of IQ4_NL and IQ4_XS stand for.</summary>
    public static Vector128<sbyte> NonLinear =>
        Vector128.Create((sbyte)-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113);

    /// <summary>The half at <paramref name="from"/>.</summary>
    public static float Half(byte* from) => (float)BitConverter.UInt16BitsToHalf(*(ushort*)from);

    /// <summary>The low nibbles of 16 bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Low(Vector128<byte> bytes) => bytes & Vector128.Create((byte)15);

    /// <summary>The high nibbles of 16 bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> High(Vector128<byte> bytes) => bytes >>> 4;

    /// <summary>Two bits of each of 16 bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Pair(Vector128<byte> bytes, int shift) =>
        (bytes.AsUInt16() >>> shift).AsByte() & Vector128.Create((byte)3); // what comes over from the byte above is masked away

    /// <summary>Lane i is <paramref name="value"/> where bit <paramref name="bit"/> of byte i is set.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> IfBit(Vector128<byte> bytes, int bit, byte value)
    {
        Vector128<byte> mask = Vector128.Create((byte)(1 << bit));
        return Vector128.Equals(bytes & mask, mask) & Vector128.Create(value);
    }

    /// <summary>Lane i is <paramref name="value"/> where bit i of <paramref name="bits"/> is set.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> IfBit(ushort bits, byte value)
    {
        // Lanes 0..7 hold the lower byte, 8..15 the upper.
        Vector128<byte> bytes = Vector128.Shuffle(
            Vector128.Create(bits).AsByte(), Vector128.Create((byte)0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1));
        Vector128<byte> mask = Vector128.Create((byte)1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128);
        return Vector128.Equals(bytes & mask, mask) & Vector128.Create(value);
    }

    /// <summary>into[i] = codes[i] * scale, 16 of them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Scale(Vector128<sbyte> codes, float scale, float* into)
    {
        Vector256<float> factor = Vector256.Create(scale);
        (Vector128<short> lower, Vector128<short> upper) = Vector128.Widen(codes);
        (ToFloat(lower) * factor).Store(into);
        (ToFloat(upper) * factor).Store(into + 8);
    }

    /// <summary>into[i] = codes[i] * scale + offset, 16 of them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Scale(Vector128<byte> codes, float scale, float offset, float* into)
    {
        Vector256<float> factor = Vector256.Create(scale), shift = Vector256.Create(offset);
        (Vector128<short> lower, Vector128<short> upper) = Vector128.Widen(codes.AsSByte());
        ((ToFloat(lower) * factor) + shift).Store(into);
        ((ToFloat(upper) * factor) + shift).Store(into + 8);
    }

    /// <summary>Eight signed bytes as floats.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> ToFloat(ulong bytes) => ToFloat(Vector128.WidenLower(Vector128.CreateScalarUnsafe(bytes).AsSByte()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> ToFloat(Vector128<short> codes)
    {
        (Vector128<int> lower, Vector128<int> upper) = Vector128.Widen(codes);
        return Vector256.ConvertToSingle(Vector256.Create(lower, upper));
    }
}
