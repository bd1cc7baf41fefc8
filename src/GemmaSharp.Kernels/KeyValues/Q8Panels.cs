using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using GemmaSharp.Kernels.Quants;

namespace GemmaSharp.Kernels.KeyValues;

/// <summary>Keys as signed bytes: for every 32 columns the scales of the lanes, then the bytes, column after column.</summary>
internal readonly unsafe struct Q8KeyPanel : IKeyPanel
{
    private const int Lanes = CacheLayout.Lanes;
    private const int Group = Q8Codes.Length;
    private const int GroupBytes = (Lanes * sizeof(float)) + (Group * Lanes);

    public static int Bytes(int columns) => (columns + Group - 1) / Group * GroupBytes;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static nint Offset(nint column) => ((column / Group) * GroupBytes) + (Lanes * sizeof(float)) + ((column % Group) * Lanes);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (TVector Lower, TVector Upper) Load<TLanes, TVector>(byte* panel, nint column, nint lane)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        byte* group = panel + ((nint)((nuint)column / Group) * GroupBytes);
        byte* codes = group + (Lanes * sizeof(float)) + ((column & (Group - 1)) * Lanes) + lane, scales = group + (lane * sizeof(float));
        return (
            TLanes.Multiply(TLanes.ToFloat(TLanes.LoadSignedBytes(codes)), TLanes.Load(scales)),
            TLanes.Multiply(TLanes.ToFloat(TLanes.LoadSignedBytes(codes + 16)), TLanes.Load(scales + (16 * sizeof(float)))));
    }

    public static void WriteLane(byte* panel, int lane, float* key, int columns)
    {
        float* values = stackalloc float[Group];
        sbyte* codes = stackalloc sbyte[Group];
        for (int column = 0; column < columns; column += Group, panel += GroupBytes)
        {
            int count = int.Min(Group, columns - column);
            new Span<float>(values, Group).Clear();
            new ReadOnlySpan<float>(key + column, count).CopyTo(new Span<float>(values, Group));
            ((float*)panel)[lane] = Q8Codes.Quantize(values, codes);
            byte* into = panel + (Lanes * sizeof(float)) + lane;
            for (int at = 0; at < Group; at++)
            {
                into[at * Lanes] = (byte)codes[at];
            }
        }
    }
}

/// <summary>Values as signed bytes: for every column its scale and its 32 bytes.</summary>
internal readonly unsafe struct Q8ValuePanel : IValuePanel
{
    private const int ColumnBytes = sizeof(float) + CacheLayout.Lanes;

    public static int Bytes(int columns) => columns * ColumnBytes;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static nint Offset(nint column) => column * ColumnBytes;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (TVector Lower, TVector Upper) Load<TLanes, TVector>(byte* panel, nint column, nint lane)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        byte* codes = panel + (column * ColumnBytes) + sizeof(float) + lane;
        TVector scale = TLanes.Broadcast(panel + (column * ColumnBytes));
        return (TLanes.Multiply(TLanes.ToFloat(TLanes.LoadSignedBytes(codes)), scale), TLanes.Multiply(TLanes.ToFloat(TLanes.LoadSignedBytes(codes + 16)), scale));
    }

    public static void WriteColumn(byte* panel, int column, float* values)
    {
        byte* scale = panel + Offset(column);
        *(float*)scale = Q8Codes.Quantize(values, (sbyte*)(scale + sizeof(float)));
    }
}

/// <summary>32 values as signed bytes and a scale.</summary>
internal static unsafe class Q8Codes
{
    public const int Length = 32;
    private const float LargestCode = 127f;

    // Adding it rounds a float below 2^22 to the nearest integer, ties to even, and leaves that in the low bits.
    private const float Rounder = 12582912f;

    // Below it the reciprocal overflows.
    private const float Smallest = 1e-30f;

    /// <summary>Writes the codes -127..127 and returns the scale; values that are all tiny, or not finite, become zeros or NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static float Quantize(float* values, sbyte* codes)
    {
        Vector256<float> a = Vector256.Load(values), b = Vector256.Load(values + 8), c = Vector256.Load(values + 16), d = Vector256.Load(values + 24);
        Vector256<float> most = Vector256.Max(Vector256.Max(Vector256.Abs(a), Vector256.Abs(b)), Vector256.Max(Vector256.Abs(c), Vector256.Abs(d)));
        float largest = 0;
        for (int lane = 0; lane < 8; lane++)
        {
            largest = float.Max(largest, most[lane]);
        }

        if (!(largest >= Smallest && float.IsFinite(largest)))
        {
            new Span<sbyte>(codes, Length).Clear();
            return largest < Smallest ? 0 : float.NaN;
        }

        Vector256<float> inverse = Vector256.Create(LargestCode / largest);
        Vector256.Narrow(Vector256.Narrow(Round(a * inverse), Round(b * inverse)), Vector256.Narrow(Round(c * inverse), Round(d * inverse))).Store(codes);
        return largest / LargestCode;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Round(Vector256<float> values) => (values + Vector256.Create(Rounder)).AsInt32() - Vector256.Create(Rounder).AsInt32();
}
