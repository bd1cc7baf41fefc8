using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using GemmaSharp.Kernels.Blocks;

namespace GemmaSharp.Kernels.Ops;

/// <summary>Columns of panels as float32.</summary>
internal static unsafe class PanelColumns<TBlock>
    where TBlock : struct, IWeightBlock
{
    private const int PanelRows = PanelMatrix<TBlock>.PanelRows;

    /// <summary>[count, 16] of a panel from a column on, in <paramref name="room"/>; float32 weights are used where they are.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static float* Unpack(byte* w, int count, float* room)
    {
        if (typeof(TBlock) == typeof(F32Block))
        {
            return (float*)w;
        }

        for (int at = 0; at < count * PanelRows; at += PanelRows, w += PanelRows * TBlock.Bytes)
        {
            if (Vector512.IsHardwareAccelerated)
            {
                TBlock.Load16(w).Store(room + at);
            }
            else
            {
                TBlock.Load8(w).Store(room + at);
                TBlock.Load8(w + (8 * TBlock.Bytes)).Store(room + at + 8);
            }
        }

        return room;
    }

    /// <summary>Asks for the memory of columns: a panel's piece is too short for the processor to see the stream by itself.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Prefetch(byte* w, int columns) => Quants.Prefetch.Stream(w, columns * PanelRows * TBlock.Bytes);
}
