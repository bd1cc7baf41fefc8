using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using GemmaSharp.Kernels.Quants;

namespace GemmaSharp.Kernels.KeyValues;

/// <summary>A float as a cache stores it.</summary>
internal unsafe interface ICacheElement
{
    static abstract int Bytes { get; }

    /// <summary>Where a lane of 0..31 lies in a column, in elements: those of 16 bits in pairs of lanes 16 apart.</summary>
    static abstract int Place(int lane);

    /// <summary>The lanes from <paramref name="lane"/> below 16 on, as many as a vector has, and those 16 above them.</summary>
    static abstract (TVector Lower, TVector Upper) Load<TLanes, TVector>(byte* column, nint lane)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct;

    /// <summary>Rounds eight floats, half to even, into the low bits of each lane.</summary>
    static abstract Vector256<uint> Round(Vector256<float> values);
}

/// <summary>IEEE single precision.</summary>
internal readonly unsafe struct F32Element : ICacheElement
{
    public static int Bytes => 4;

    public static int Place(int lane) => lane;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (TVector Lower, TVector Upper) Load<TLanes, TVector>(byte* column, nint lane)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct => (TLanes.Load(column + (lane * sizeof(float))), TLanes.Load(column + ((lane + 16) * sizeof(float))));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<uint> Round(Vector256<float> values) => values.AsUInt32();
}

/// <summary>IEEE half precision.</summary>
internal readonly unsafe struct F16Element : ICacheElement
{
    private const uint Magnitude = 0x7FFFFFFF;
    private const uint LargestHalf = 0x477FE000; // 65504
    private const uint SmallestNormal = 113 << 23; // 2^-14
    private const uint BiasDifference = 112 << 23;
    private const uint LastKeptBit = 13;
    private const uint HalfOfLastKept = 0xFFF;

    public static int Bytes => 2;

    public static int Place(int lane) => (lane % 16 * 2) + (lane / 16);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (TVector Lower, TVector Upper) Load<TLanes, TVector>(byte* column, nint lane)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct => TLanes.LoadHalfPairs(column + (lane * sizeof(int)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<uint> Round(Vector256<float> values)
    {
        Vector256<uint> magnitude = Vector256.Min(values.AsUInt32() & Vector256.Create(Magnitude), Vector256.Create(LargestHalf));
        Vector256<uint> odd = (magnitude >> (int)LastKeptBit) & Vector256<uint>.One;
        Vector256<uint> normal = (magnitude + Vector256.Create(HalfOfLastKept) + odd - Vector256.Create(BiasDifference)) >> (int)LastKeptBit;

        // The last bit of 0.5 is worth what a subnormal half's is, so the addition rounds to it.
        Vector256<uint> subnormal = (magnitude.AsSingle() + Vector256.Create(0.5f)).AsUInt32() - Vector256.Create(0.5f).AsUInt32();
        Vector256<uint> isNormal = Vector256.GreaterThanOrEqual(magnitude, Vector256.Create(SmallestNormal));
        return Vector256.ConditionalSelect(isNormal, normal, subnormal) | ((values.AsUInt32() & ~Vector256.Create(Magnitude)) >> 16);
    }
}

/// <summary>The upper half of an IEEE single.</summary>
internal readonly unsafe struct BF16Element : ICacheElement
{
    private const uint HalfOfLastKept = 0x7FFF;

    public static int Bytes => 2;

    public static int Place(int lane) => (lane % 16 * 2) + (lane / 16);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (TVector Lower, TVector Upper) Load<TLanes, TVector>(byte* column, nint lane)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct => TLanes.LoadUpperHalfPairs(column + (lane * sizeof(int)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<uint> Round(Vector256<float> values)
    {
        Vector256<uint> bits = values.AsUInt32();
        return (bits + Vector256.Create(HalfOfLastKept) + ((bits >> 16) & Vector256<uint>.One)) >> 16;
    }
}
