using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace GemmaSharp.Kernels.Quants;

/// <summary>Eight lanes: AVX2 with its dot products of bytes, AVX-VNNI.</summary>
internal readonly unsafe struct LanesVnni : ILanes<Vector256<byte>>
{
    public static bool IsSupported => AvxVnni.IsSupported && Lanes256.IsSupported;

    public static int Count
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => 8;
    }

    public static bool TakesBytes
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => true;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> Load(void* from) => Lanes256.Load(from);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector256<byte> value, void* into) => Lanes256.Store(value, into);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> Broadcast(void* from) => Lanes256.Broadcast(from);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> Fill(int value) => Lanes256.Fill(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> LoadHalves(byte* from) => Lanes256.LoadHalves(from);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> LoadUpperHalves(byte* from) => Lanes256.LoadUpperHalves(from);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vector256<byte> Lower, Vector256<byte> Upper) LoadHalfPairs(byte* from) => Lanes256.LoadHalfPairs(from);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vector256<byte> Lower, Vector256<byte> Upper) LoadUpperHalfPairs(byte* from) => Lanes256.LoadUpperHalfPairs(from);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> LoadBytes(byte* from) => Lanes256.LoadBytes(from);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> LoadSignedBytes(byte* from) => Lanes256.LoadSignedBytes(from);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> And(Vector256<byte> value, byte bits) => Lanes256.And(value, bits);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> Xor(Vector256<byte> value, byte bits) => Lanes256.Xor(value, bits);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> Or(Vector256<byte> left, Vector256<byte> right) => Lanes256.Or(left, right);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> ShiftLeft(Vector256<byte> value, int count) => Lanes256.ShiftLeft(value, count);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> ShiftRight(Vector256<byte> value, int count) => Lanes256.ShiftRight(value, count);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> Lookup(byte* table, Vector256<byte> codes) => Lanes256.Lookup(table, codes);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> Twice(Vector256<byte> value) => value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> ToFloat(Vector256<byte> value) => Lanes256.ToFloat(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> Add(Vector256<byte> left, Vector256<byte> right) => Lanes256.Add(left, right);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> Multiply(Vector256<byte> left, Vector256<byte> right) => Lanes256.Multiply(left, right);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> FusedMultiplyAdd(Vector256<byte> left, Vector256<byte> right, Vector256<byte> sum) => Lanes256.FusedMultiplyAdd(left, right, sum);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> Dot(Vector256<byte> sums, Vector256<byte> codes, Vector256<byte> values) => AvxVnni.MultiplyWideningAndAdd(sums.AsInt32(), codes, values.AsSByte()).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> Weigh(Vector256<byte> sums, Vector256<byte> multiplier) => (sums.AsInt32() * multiplier.AsInt32()).AsByte();
}
