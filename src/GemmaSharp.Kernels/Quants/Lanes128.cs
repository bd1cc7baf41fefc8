using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace GemmaSharp.Kernels.Quants;

/// <summary>Four lanes on any processor: dot products of Arm where it has them, SSSE3, else widened arithmetic; in software without vectors.</summary>
internal readonly unsafe struct Lanes128 : ILanes<Vector128<byte>>
{
    public static int Count
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => 4;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Load(void* from) => Vector128.Load((byte*)from);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector128<byte> value, void* into) => value.Store((byte*)into);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Broadcast(void* from) => Vector128.Create(*(int*)from).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Fill(int value) => Vector128.Create(value).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> LoadHalves(byte* from)
    {
        Vector128<int> extended = Vector128.WidenLower(Vector128.CreateScalar(*(ulong*)from).AsInt16());
        Vector128<int> shifted = Vector128.ShiftLeft(extended, HalfScale.MantissaShift) & Vector128.Create(HalfScale.SignAndMagnitude);
        return (shifted.AsSingle() * Vector128.Create(HalfScale.Rebias)).AsByte();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> LoadUpperHalves(byte* from) =>
        Vector128.ShiftLeft(Vector128.WidenLower(Vector128.CreateScalar(*(ulong*)from).AsUInt16()).AsInt32(), 16).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vector128<byte> Lower, Vector128<byte> Upper) LoadHalfPairs(byte* from)
    {
        Vector128<int> pairs = Vector128.Load((int*)from), bits = Vector128.Create(HalfScale.SignAndMagnitude);
        Vector128<int> lower = Vector128.ShiftRightArithmetic(Vector128.ShiftLeft(pairs, 16), 16 - HalfScale.MantissaShift) & bits;
        Vector128<int> upper = Vector128.ShiftRightArithmetic(pairs, 16 - HalfScale.MantissaShift) & bits;
        Vector128<float> rebias = Vector128.Create(HalfScale.Rebias);
        return ((lower.AsSingle() * rebias).AsByte(), (upper.AsSingle() * rebias).AsByte());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vector128<byte> Lower, Vector128<byte> Upper) LoadUpperHalfPairs(byte* from)
    {
        Vector128<int> pairs = Vector128.Load((int*)from);
        return (Vector128.ShiftLeft(pairs, 16).AsByte(), (pairs & Vector128.Create(unchecked((int)0xFFFF0000))).AsByte());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> LoadBytes(byte* from) =>
        Vector128.WidenLower(Vector128.WidenLower(Vector128.CreateScalar(*(uint*)from).AsByte())).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> LoadSignedBytes(byte* from) =>
        Vector128.WidenLower(Vector128.WidenLower(Vector128.CreateScalar(*(uint*)from).AsSByte())).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> And(Vector128<byte> value, byte bits) => value & Vector128.Create(bits);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Xor(Vector128<byte> value, byte bits) => value ^ Vector128.Create(bits);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Or(Vector128<byte> left, Vector128<byte> right) => left | right;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> ShiftLeft(Vector128<byte> value, int count) => Vector128.ShiftLeft(value.AsInt16(), count).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> ShiftRight(Vector128<byte> value, int count) => Vector128.ShiftRightLogical(value.AsInt16(), count).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Lookup(byte* table, Vector128<byte> codes) => Vector128.Shuffle(Vector128.Load(table), codes);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Twice(Vector128<byte> value) =>
        ((value.AsInt32() & Vector128.Create(0xFFFF)) | Vector128.ShiftLeft(value.AsInt32(), 16)).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> ToFloat(Vector128<byte> value) => Vector128.ConvertToSingle(value.AsInt32()).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Add(Vector128<byte> left, Vector128<byte> right) => (left.AsInt32() + right.AsInt32()).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Multiply(Vector128<byte> left, Vector128<byte> right) => (left.AsSingle() * right.AsSingle()).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> FusedMultiplyAdd(Vector128<byte> left, Vector128<byte> right, Vector128<byte> sum) =>
        Vector128.FusedMultiplyAdd(left.AsSingle(), right.AsSingle(), sum.AsSingle()).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Dot(Vector128<byte> sums, Vector128<byte> codes, Vector128<byte> values)
    {
        if (Dp.IsSupported)
        {
            return Dp.DotProduct(sums.AsInt32(), codes.AsSByte(), values.AsSByte()).AsByte();
        }

        if (Ssse3.IsSupported)
        {
            return (sums.AsInt16() + Ssse3.MultiplyAddAdjacent(codes, values.AsSByte())).AsByte();
        }

        Vector128<short> even = (codes.AsInt16() & Vector128.Create((short)0xFF)) * Vector128.ShiftRightArithmetic(Vector128.ShiftLeft(values.AsInt16(), 8), 8);
        Vector128<short> odd = Vector128.ShiftRightLogical(codes.AsInt16(), 8) * Vector128.ShiftRightArithmetic(values.AsInt16(), 8);
        return (sums.AsInt16() + even + odd).AsByte();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Weigh(Vector128<byte> sums, Vector128<byte> multiplier)
    {
        if (Dp.IsSupported)
        {
            return (sums.AsInt32() * Vector128.ShiftRightArithmetic(multiplier.AsInt32(), 16)).AsByte();
        }

        if (Sse2.IsSupported)
        {
            return Sse2.MultiplyAddAdjacent(sums.AsInt16(), multiplier.AsInt16()).AsByte();
        }

        // Both halves of a lane have the same multiplier.
        Vector128<int> lower = Vector128.ShiftRightArithmetic(Vector128.ShiftLeft(sums.AsInt32(), 16), 16);
        Vector128<int> upper = Vector128.ShiftRightArithmetic(sums.AsInt32(), 16);
        return ((lower + upper) * Vector128.ShiftRightArithmetic(multiplier.AsInt32(), 16)).AsByte();
    }
}
