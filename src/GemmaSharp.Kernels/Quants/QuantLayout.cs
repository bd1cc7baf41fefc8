using System.Runtime.CompilerServices;

namespace GemmaSharp.Kernels.Quants;

/// <summary>Sizes of packed blocks of 16 rows.</summary>
internal static class QuantLayout
{
    /// <summary>Rows of a panel.</summary>
    public const int PanelRows = 16;

    /// <summary>Bytes that a row has beside its blocks: its factor and its shift.</summary>
    public const int RowBytes = sizeof(float) + sizeof(sbyte);

    /// <summary>Groups of 32 columns in a block.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int SubBlocks<TKernel>()
        where TKernel : struct, IQuantKernel => TKernel.Columns / QuantizedRows.BlockColumns;

    /// <summary>Bytes of such a group: its scales and codes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int SubBytes<TKernel>()
        where TKernel : struct, IQuantKernel => TKernel.ScaleBytes + CodePlanes.Bytes(TKernel.CodeBits);

    /// <summary>Bytes of a block.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int BlockBytes<TKernel>()
        where TKernel : struct, IQuantKernel => TKernel.HeaderBytes + (SubBlocks<TKernel>() * SubBytes<TKernel>());
}
