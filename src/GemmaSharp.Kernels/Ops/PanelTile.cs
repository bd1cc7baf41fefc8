using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace GemmaSharp.Kernels.Ops;

/// <summary>
/// A tile of a product from float32 panels: two panels of 16 outputs times 12 or 4 input rows that stand InputStride floats apart. Sums of 128
/// columns start from zero and are then added to the totals.
/// </summary>
internal static unsafe class PanelTile
{
    /// <summary>Outputs of a tile.</summary>
    public const int Outputs = 32;

    /// <summary>Input rows of a large tile.</summary>
    public const int Rows = 12;

    /// <summary>Input rows of a small tile.</summary>
    public const int FewRows = 4;

    /// <summary>Columns summed from zero.</summary>
    public const int BlockColumns = 128;

    /// <summary>Columns of the copied inputs.</summary>
    public const int StepColumns = 128;

    /// <summary>Floats from one copied input row to the next; no multiple of a cache way, so that rows do not push one another out.</summary>
    public const int InputStride = StepColumns + 16;

    private const int PanelRows = 16;

    /// <summary>totals[12][32] += panels · x, from zero when <paramref name="fresh"/>; rows of totals are <paramref name="stride"/> floats apart.</summary>
    public static void Multiply(float* first, float* second, float* x, int columns, float* totals, nint stride, bool fresh)
    {
        if (Vector512.IsHardwareAccelerated)
        {
            PanelTile512.Multiply(first, second, x, columns, totals, stride, fresh);
            return;
        }

        for (int row = 0; row < Rows; row += Rows / 2)
        {
            PanelTile256.Multiply(first, x + (row * InputStride), columns, totals + (row * stride), stride, fresh);
            PanelTile256.Multiply(second, x + (row * InputStride), columns, totals + (row * stride) + PanelRows, stride, fresh);
        }
    }

    /// <summary>The same for four rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void MultiplyFew(float* first, float* second, float* x, int columns, float* totals, nint stride, bool fresh)
    {
        if (Vector512.IsHardwareAccelerated)
        {
            PanelTile512.MultiplyFew(first, second, x, columns, totals, stride, fresh);
            return;
        }

        PanelTile256.MultiplyFew(first, x, columns, totals, stride, fresh);
        PanelTile256.MultiplyFew(second, x, columns, totals + PanelRows, stride, fresh);
    }
}
