using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace GemmaSharp.Kernels.Quants;

/// <summary>Eight lanes: AVX2.</summary>
internal readonly unsafe struct Lanes256 : ILanes<Vector256<byte>>
{
    public static bool IsSupported => Avx2.IsSupported && Fma.IsSupported;

    public static int Count
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => 8;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> Load(void* from) => Vector256.Load((byte*)from);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector256<byte> value, void* into) => value.Store((byte*)into);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> Broadcast(void* from) => Vector256.Create(*(int*)from).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> Fill(int value) => Vector256.Create(value).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> LoadHalves(byte* from)
    {
        Vector256<int> extended = Avx2.ConvertToVector256Int32((short*)from);
        Vector256<int> shifted = Vector256.ShiftLeft(extended, HalfScale.MantissaShift) & Vector256.Create(HalfScale.SignAndMagnitude);
        return (shifted.AsSingle() * Vector256.Create(HalfScale.Rebias)).AsByte();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> LoadUpperHalves(byte* from) =>
        Vector256.ShiftLeft(Avx2.ConvertToVector256Int32((ushort*)from), 16).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vector256<byte> Lower, Vector256<byte> Upper) LoadHalfPairs(byte* from)
    {
        Vector256<int> pairs = Vector256.Load((int*)from), bits = Vector256.Create(HalfScale.SignAndMagnitude);
        Vector256<int> lower = Vector256.ShiftRightArithmetic(Vector256.ShiftLeft(pairs, 16), 16 - HalfScale.MantissaShift) & bits;
        Vector256<int> upper = Vector256.ShiftRightArithmetic(pairs, 16 - HalfScale.MantissaShift) & bits;
        Vector256<float> rebias = Vector256.Create(HalfScale.Rebias);
        return ((lower.AsSingle() * rebias).AsByte(), (upper.AsSingle() * rebias).AsByte());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vector256<byte> Lower, Vector256<byte> Upper) LoadUpperHalfPairs(byte* from)
    {
        Vector256<int> pairs = Vector256.Load((int*)from);
        return (Vector256.ShiftLeft(pairs, 16).AsByte(), (pairs & Vector256.Create(unchecked((int)0xFFFF0000))).AsByte());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> LoadBytes(byte* from) => Avx2.ConvertToVector256Int32(from).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> LoadSignedBytes(byte* from) => Avx2.ConvertToVector256Int32((sbyte*)from).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> And(Vector256<byte> value, byte bits) => value & Vector256.Create(bits);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> Xor(Vector256<byte> value, byte bits) => value ^ Vector256.Create(bits);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> Or(Vector256<byte> left, Vector256<byte> right) => left | right;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> ShiftLeft(Vector256<byte> value, int count) => Vector256.ShiftLeft(value.AsInt16(), count).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> ShiftRight(Vector256<byte> value, int count) => Vector256.ShiftRightLogical(value.AsInt16(), count).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> Lookup(byte* table, Vector256<byte> codes) =>
        Avx2.Shuffle(Avx2.BroadcastVector128ToVector256(table), codes);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> Twice(Vector256<byte> value) =>
        ((value.AsInt32() & Vector256.Create(0xFFFF)) | Vector256.ShiftLeft(value.AsInt32(), 16)).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> ToFloat(Vector256<byte> value) => Vector256.ConvertToSingle(value.AsInt32()).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> Add(Vector256<byte> left, Vector256<byte> right) => (left.AsInt32() + right.AsInt32()).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> Multiply(Vector256<byte> left, Vector256<byte> right) => (left.AsSingle() * right.AsSingle()).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> FusedMultiplyAdd(Vector256<byte> left, Vector256<byte> right, Vector256<byte> sum) =>
        Vector256.FusedMultiplyAdd(left.AsSingle(), right.AsSingle(), sum.AsSingle()).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> Dot(Vector256<byte> sums, Vector256<byte> codes, Vector256<byte> values) =>
        (sums.AsInt16() + Avx2.MultiplyAddAdjacent(codes, values.AsSByte())).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> Weigh(Vector256<byte> sums, Vector256<byte> multiplier) =>
        Avx2.MultiplyAddAdjacent(sums.AsInt16(), multiplier.AsInt16()).AsByte();
}
