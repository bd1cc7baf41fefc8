using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace GemmaSharp.Kernels.Quants;

/// <summary>Sixteen lanes: AVX-512.</summary>
internal readonly unsafe struct Lanes512 : ILanes<Vector512<byte>>
{
    public static bool IsSupported => Avx512BW.IsSupported;

    public static int Count
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => 16;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<byte> Load(void* from) => Vector512.Load((byte*)from);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector512<byte> value, void* into) => value.Store((byte*)into);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<byte> Broadcast(void* from) => Vector512.Create(*(int*)from).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<byte> Fill(int value) => Vector512.Create(value).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<byte> LoadHalves(byte* from)
    {
        Vector512<int> extended = Avx512F.ConvertToVector512Int32(Vector256.Load((short*)from));
        Vector512<int> shifted = Vector512.ShiftLeft(extended, HalfScale.MantissaShift) & Vector512.Create(HalfScale.SignAndMagnitude);
        return (shifted.AsSingle() * Vector512.Create(HalfScale.Rebias)).AsByte();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<byte> LoadUpperHalves(byte* from) =>
        Vector512.ShiftLeft(Avx512F.ConvertToVector512Int32(Vector256.Load((ushort*)from)), 16).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vector512<byte> Lower, Vector512<byte> Upper) LoadHalfPairs(byte* from)
    {
        Vector512<int> pairs = Vector512.Load((int*)from), bits = Vector512.Create(HalfScale.SignAndMagnitude);
        Vector512<int> lower = Vector512.ShiftRightArithmetic(Vector512.ShiftLeft(pairs, 16), 16 - HalfScale.MantissaShift) & bits;
        Vector512<int> upper = Vector512.ShiftRightArithmetic(pairs, 16 - HalfScale.MantissaShift) & bits;
        Vector512<float> rebias = Vector512.Create(HalfScale.Rebias);
        return ((lower.AsSingle() * rebias).AsByte(), (upper.AsSingle() * rebias).AsByte());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vector512<byte> Lower, Vector512<byte> Upper) LoadUpperHalfPairs(byte* from)
    {
        Vector512<int> pairs = Vector512.Load((int*)from);
        return (Vector512.ShiftLeft(pairs, 16).AsByte(), (pairs & Vector512.Create(unchecked((int)0xFFFF0000))).AsByte());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<byte> LoadBytes(byte* from) => Avx512F.ConvertToVector512Int32(Vector128.Load(from)).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<byte> LoadSignedBytes(byte* from) => Avx512F.ConvertToVector512Int32(Vector128.Load((sbyte*)from)).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<byte> And(Vector512<byte> value, byte bits) => value & Vector512.Create(bits);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<byte> Xor(Vector512<byte> value, byte bits) => value ^ Vector512.Create(bits);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<byte> Or(Vector512<byte> left, Vector512<byte> right) => left | right;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<byte> ShiftLeft(Vector512<byte> value, int count) => Vector512.ShiftLeft(value.AsInt16(), count).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<byte> ShiftRight(Vector512<byte> value, int count) => Vector512.ShiftRightLogical(value.AsInt16(), count).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<byte> Lookup(byte* table, Vector512<byte> codes) =>
        Avx512BW.Shuffle(Avx512F.BroadcastVector128ToVector512((int*)table).AsByte(), codes);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<byte> Twice(Vector512<byte> value) =>
        ((value.AsInt32() & Vector512.Create(0xFFFF)) | Vector512.ShiftLeft(value.AsInt32(), 16)).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<byte> ToFloat(Vector512<byte> value) => Vector512.ConvertToSingle(value.AsInt32()).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<byte> Add(Vector512<byte> left, Vector512<byte> right) => (left.AsInt32() + right.AsInt32()).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<byte> Multiply(Vector512<byte> left, Vector512<byte> right) => (left.AsSingle() * right.AsSingle()).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<byte> FusedMultiplyAdd(Vector512<byte> left, Vector512<byte> right, Vector512<byte> sum) =>
        Vector512.FusedMultiplyAdd(left.AsSingle(), right.AsSingle(), sum.AsSingle()).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<byte> Dot(Vector512<byte> sums, Vector512<byte> codes, Vector512<byte> values) =>
        (sums.AsInt16() + Avx512BW.MultiplyAddAdjacent(codes, values.AsSByte())).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<byte> Weigh(Vector512<byte> sums, Vector512<byte> multiplier) =>
        Avx512BW.MultiplyAddAdjacent(sums.AsInt16(), multiplier.AsInt16()).AsByte();
}
