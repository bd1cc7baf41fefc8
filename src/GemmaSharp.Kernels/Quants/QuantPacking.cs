using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using GemmaSharp.Kernels.Tensors;

namespace GemmaSharp.Kernels.Quants;

/// <summary>Packs the blocks of 16 rows of a file into a panel: the rows' words are turned, then codes and scales move as vectors of rows.</summary>
internal static unsafe class QuantPacking<TKernel>
    where TKernel : struct, IQuantKernel
{
    private const int PanelRows = QuantLayout.PanelRows;

    /// <summary>Writes a panel.</summary>
    /// <param name="rows">16 rows of a file, one after the other; <see cref="PanelFill.Slack"/> bytes around them may be read.</param>
    /// <param name="blocks">Blocks of a row.</param>
    /// <param name="shifts">The power of two by which each row's scales are lifted.</param>
    /// <param name="packed">The panel.</param>
    public static void Pack(byte* rows, int blocks, ReadOnlySpan<sbyte> shifts, byte* packed)
    {
        if (Lanes512.IsSupported)
        {
            Pack<Lanes512, Vector512<byte>>(rows, blocks, shifts, packed);
        }
        else if (Lanes256.IsSupported)
        {
            Pack<Lanes256, Vector256<byte>>(rows, blocks, shifts, packed);
        }
        else
        {
            Pack<Lanes128, Vector128<byte>>(rows, blocks, shifts, packed);
        }
    }

    /// <summary>The same with vectors of one width; every width writes the same bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Pack<TLanes, TVector>(byte* rows, int blocks, ReadOnlySpan<sbyte> shifts, byte* packed)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        nint rowBytes = (nint)blocks * TKernel.FileBytes;
        Vector256<ushort> lifts = Lifts(shifts);
        for (int block = 0; block < blocks; block++, rows += TKernel.FileBytes, packed += QuantLayout.BlockBytes<TKernel>())
        {
            PackBlock<TLanes, TVector>(rows, rowBytes, lifts, shifts, packed);
        }
    }

    /// <summary>What is added to a normal half to multiply it by 2^shift.</summary>
    internal static Vector256<ushort> Lifts(ReadOnlySpan<sbyte> shifts)
    {
        Vector256<ushort> lifts = default;
        for (int row = 0; row < PanelRows; row++)
        {
            lifts = lifts.WithElement(row, (ushort)(shifts[row] << HalfScale.MantissaBits));
        }

        return lifts;
    }

    /// <summary>Multiplies 16 rows' halves by 2^shift.</summary>
    /// <param name="into">Halves [16], as a file holds them.</param>
    /// <param name="lifts">What <see cref="Lifts"/> makes of the shifts.</param>
    /// <param name="shifts">The power of two of each row.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void LiftHalves(ushort* into, Vector256<ushort> lifts, ReadOnlySpan<sbyte> shifts)
    {
        Vector256<ushort> halves = Vector256.Load(into), magnitudes = halves & Vector256.Create((ushort)0x7FFF);
        Vector256<ushort> zero = Vector256.Equals(magnitudes, Vector256<ushort>.Zero);
        Vector256<ushort> small = Vector256.LessThan(magnitudes, Vector256.Create((ushort)(1 << HalfScale.MantissaBits)));
        if (small != zero)
        {
            PackSubnormals(shifts, into);
            return;
        }

        Vector256.ConditionalSelect(zero, halves, halves + lifts).Store(into);
    }

    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void PackBlock<TLanes, TVector>(byte* rows, nint rowBytes, Vector256<ushort> lifts, ReadOnlySpan<sbyte> shifts, byte* packed)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        int words = FileRows.Words(TKernel.FileBytes - TKernel.FirstWord);
        byte* turned = stackalloc byte[FileRows.Words(TKernel.FileBytes - TKernel.FirstWord) * CodePlanes.VectorBytes];
        for (int half = 0; half < TKernel.HalfCount; half++)
        {
            PackHalves(rows + TKernel.HalfStart + (half * sizeof(ushort)), rowBytes, lifts, shifts, (ushort*)packed + (half * PanelRows));
        }

        TurnedRows.Turn(rows + TKernel.FirstWord, rowBytes, words, turned);
        TKernel.Prepare(turned);
        byte* header = packed;
        packed += TKernel.HeaderBytes;
        for (int sub = 0; sub < QuantLayout.SubBlocks<TKernel>(); sub++, packed += QuantLayout.SubBytes<TKernel>())
        {
            TKernel.PackScales(turned, sub, header, packed);
            for (int lane = 0; lane < PanelRows * sizeof(uint); lane += TLanes.Count * sizeof(uint))
            {
                CodePlanes.Pack<TKernel, TLanes, TVector>(turned + lane, sub, packed + TKernel.ScaleBytes + lane);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void PackHalves(byte* from, nint rowBytes, Vector256<ushort> lifts, ReadOnlySpan<sbyte> shifts, ushort* into)
    {
        for (int row = 0; row < PanelRows; row++)
        {
            into[row] = *(ushort*)(from + (row * rowBytes));
        }

        LiftHalves(into, lifts, shifts);
    }

    private static void PackSubnormals(ReadOnlySpan<sbyte> shifts, ushort* halves)
    {
        for (int row = 0; row < PanelRows; row++)
        {
            halves[row] = HalfScale.Scale(halves[row], shifts[row]);
        }
    }
}
