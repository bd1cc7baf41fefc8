using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace GemmaSharp.Kernels.Blocks;

/// <summary>IEEE single precision as stored.</summary>
internal readonly unsafe struct F32Block : IWeightBlock
{
    public static int Bytes => 4;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Load8(byte* from) => Vector256.Load((float*)from);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Load16(byte* from) => Vector512.Load((float*)from);

    public static float Load(byte* from) => *(float*)from;
}

/// <summary>The upper 16 bits of an IEEE single.</summary>
internal readonly unsafe struct BF16Block : IWeightBlock
{
    public static int Bytes => 2;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Load8(byte* from) => (WideLoad.Eight((ushort*)from) << 16).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Load16(byte* from) => (WideLoad.Sixteen((ushort*)from) << 16).AsSingle();

    public static float Load(byte* from) => BitConverter.UInt32BitsToSingle((uint)*(ushort*)from << 16);
}

/// <summary>IEEE half precision.</summary>
internal readonly unsafe struct F16Block : IWeightBlock
{
    private const uint SignBit = 0x80000000;
    private const uint MagnitudeBits = 0x0FFFE000; // of a half, 13 bits up
    private const int HalfInfinity = 0x7C00 << 13;
    private const uint SingleInfinity = 0x7F800000;

    // A half's exponent is biased by 15, a single's by 127.
    private const float BiasShift = 5.192296858534828e33f; // 2^112

    public static int Bytes => 2;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Load8(byte* from)
    {
        Vector256<uint> bits = WideLoad.Eight((ushort*)from);
        Vector256<uint> magnitude = (bits << 13) & Vector256.Create(MagnitudeBits);
        Vector256<uint> finite = (magnitude.AsSingle() * Vector256.Create(BiasShift)).AsUInt32();
        Vector256<uint> special = magnitude | Vector256.Create(SingleInfinity);
        Vector256<uint> isFinite = Vector256.LessThan(magnitude.AsInt32(), Vector256.Create(HalfInfinity)).AsUInt32();
        return (Vector256.ConditionalSelect(isFinite, finite, special) | ((bits << 16) & Vector256.Create(SignBit))).AsSingle();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Load16(byte* from)
    {
        Vector512<uint> bits = WideLoad.Sixteen((ushort*)from);
        Vector512<uint> magnitude = (bits << 13) & Vector512.Create(MagnitudeBits);
        Vector512<uint> finite = (magnitude.AsSingle() * Vector512.Create(BiasShift)).AsUInt32();
        Vector512<uint> special = magnitude | Vector512.Create(SingleInfinity);
        Vector512<uint> isFinite = Vector512.LessThan(magnitude.AsInt32(), Vector512.Create(HalfInfinity)).AsUInt32();
        return (Vector512.ConditionalSelect(isFinite, finite, special) | ((bits << 16) & Vector512.Create(SignBit))).AsSingle();
    }

    public static float Load(byte* from) => (float)BitConverter.UInt16BitsToHalf(*(ushort*)from);
}
