using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace GemmaSharp.Kernels.Blocks;

/// <summary>IEEE single precision as stored.</summary>
internal readonly unsafe struct F32Block : IWeightBlock
{
    public static int Bytes => 4;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Load8(byte* from) => Vector256.Load((float*)from);

    public static float Load(byte* from) => *(float*)from;
}

/// <summary>The upper 16 bits of an IEEE single.</summary>
internal readonly unsafe struct BF16Block : IWeightBlock
{
    public static int Bytes => 2;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Load8(byte* from)
    {
        Vector128<ushort> halves = Vector128.Load((ushort*)from);
        (Vector128<uint> lower, Vector128<uint> upper) = Vector128.Widen(halves);
        return Vector256.ShiftLeft(Vector256.Create(lower, upper), 16).AsSingle();
    }

    public static float Load(byte* from) => BitConverter.UInt32BitsToSingle((uint)*(ushort*)from << 16);
}

/// <summary>IEEE half precision.</summary>
internal readonly unsafe struct F16Block : IWeightBlock
{
    private const uint SignBit = 0x8000;
    private const uint HalfInfinity = 0x7C00;
    private const uint SingleInfinity = 0x7F800000;

    // A half's exponent is biased by 15, a single's by 127.
    private const float BiasShift = 5.192296858534828e33f; // 2^112

    public static int Bytes => 2;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Load8(byte* from)
    {
        (Vector128<uint> lower, Vector128<uint> upper) = Vector128.Widen(Vector128.Load((ushort*)from));
        Vector256<uint> bits = Vector256.Create(lower, upper);
        Vector256<uint> sign = (bits & Vector256.Create(SignBit)) << 16;
        Vector256<uint> magnitude = bits & Vector256.Create(0x7FFFu);
        Vector256<uint> finite = ((magnitude << 13).AsSingle() * Vector256.Create(BiasShift)).AsUInt32();
        Vector256<uint> special = (magnitude << 13) | Vector256.Create(SingleInfinity);
        Vector256<uint> isFinite = Vector256.LessThan(magnitude, Vector256.Create(HalfInfinity));
        return (Vector256.ConditionalSelect(isFinite, finite, special) | sign).AsSingle();
    }

    public static float Load(byte* from) => (float)BitConverter.UInt16BitsToHalf(*(ushort*)from);
}
