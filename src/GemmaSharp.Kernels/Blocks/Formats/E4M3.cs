using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace GemmaSharp.Kernels.Blocks.Formats;

/// <summary>Floats of 8 bits: sign, 4 bits of exponent with bias 7, 3 of fraction; no infinities, all ones is not a number.</summary>
internal static unsafe class E4M3
{
    private const int MagnitudeBits = 0x7F;
    private const int SignBit = 0x80;

    // A single's exponent is biased by 127, this one's by 7; the product also makes its subnormals right.
    private const float BiasShift = 1.329227995784916e36f; // 2^120

    /// <summary>Eight of them, exactly.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Load8(byte* from)
    {
        Vector128<ushort> halves = Vector128.WidenLower(Vector128.CreateScalarUnsafe(*(ulong*)from).AsByte());
        (Vector128<uint> lower, Vector128<uint> upper) = Vector128.Widen(halves);
        Vector256<uint> bits = Vector256.Create(lower, upper), magnitude = bits & Vector256.Create((uint)MagnitudeBits);
        Vector256<float> finite = (magnitude << 20).AsSingle() * Vector256.Create(BiasShift);
        Vector256<uint> isNumber = ~Vector256.Equals(magnitude, Vector256.Create((uint)MagnitudeBits));
        Vector256<float> value = Vector256.ConditionalSelect(isNumber.AsSingle(), finite, Vector256.Create(float.NaN));
        return value | ((bits & Vector256.Create((uint)SignBit)) << 24).AsSingle();
    }

    /// <summary>One of them.</summary>
    public static float Load(byte bits)
    {
        int magnitude = bits & MagnitudeBits;
        float value = magnitude == MagnitudeBits ? float.NaN : BitConverter.Int32BitsToSingle(magnitude << 20) * BiasShift;
        return (bits & SignBit) == 0 ? value : -value;
    }
}
