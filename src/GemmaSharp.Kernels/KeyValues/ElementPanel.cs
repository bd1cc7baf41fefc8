using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using GemmaSharp.Kernels.Quants;

namespace GemmaSharp.Kernels.KeyValues;

/// <summary>A panel of floats, column after column.</summary>
internal readonly unsafe struct ElementPanel<TElement> : IKeyPanel, IValuePanel
    where TElement : struct, ICacheElement
{
    private const int Lanes = CacheLayout.Lanes;

    public static int Bytes(int columns) => columns * Lanes * TElement.Bytes;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static nint Offset(nint column) => column * Lanes * TElement.Bytes;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (TVector Lower, TVector Upper) Load<TLanes, TVector>(byte* panel, nint column, nint lane)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct => TElement.Load<TLanes, TVector>(panel + (column * Lanes * TElement.Bytes), lane);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void WriteLane(byte* panel, int lane, float* key, int columns)
    {
        uint* rounded = stackalloc uint[8];
        int place = TElement.Place(lane);
        for (int column = 0; column < columns; column += 8)
        {
            int count = int.Min(8, columns - column);
            TElement.Round(LoadUpTo8(key + column, count)).Store(rounded);
            for (int at = 0; at < count; at++)
            {
                Write(panel + ((((nint)(column + at) * Lanes) + place) * TElement.Bytes), rounded[at]);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void WriteColumn(byte* panel, int column, float* values)
    {
        byte* into = panel + Offset(column);
        for (int lane = 0; lane < Lanes / 2; lane += 8)
        {
            Vector256<uint> lower = TElement.Round(Vector256.Load(values + lane)), upper = TElement.Round(Vector256.Load(values + lane + 16));
            if (TElement.Bytes == sizeof(uint))
            {
                lower.Store((uint*)into + lane);
                upper.Store((uint*)into + lane + 16);
            }
            else
            {
                (lower | (upper << 16)).Store((uint*)into + lane);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Write(byte* into, uint rounded)
    {
        if (TElement.Bytes == sizeof(uint))
        {
            *(uint*)into = rounded;
        }
        else
        {
            *(ushort*)into = (ushort)rounded;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> LoadUpTo8(float* from, int count)
    {
        if (count == 8)
        {
            return Vector256.Load(from);
        }

        float* padded = stackalloc float[8];
        new Span<float>(padded, 8).Clear();
        new ReadOnlySpan<float>(from, count).CopyTo(new Span<float>(padded, 8));
        return Vector256.Load(padded);
    }
}
