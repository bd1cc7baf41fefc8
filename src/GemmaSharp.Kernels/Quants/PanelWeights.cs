using System.Runtime.Intrinsics;
using GemmaSharp.Kernels.Tensors;
using GemmaSharp.Kernels.Threading;

namespace GemmaSharp.Kernels.Quants;

/// <summary>Quantised weights in panels of 16 rows, wherever those lie. Products quantise the other side to 8 bits.</summary>
internal abstract unsafe class PanelWeights<TKernel, TPanels> : WeightMatrix
    where TKernel : struct, IQuantKernel
    where TPanels : struct, IPanels
{
    private const int PanelRows = QuantLayout.PanelRows;
    private readonly float[] _factors; // undo the rows' shifts; NaN where a scale of the row is no finite number
    private readonly sbyte[] _shifts;

    private protected PanelWeights(int rows, int columns)
        : base(rows, columns)
    {
        if (columns % TKernel.Columns != 0)
        {
            throw PartOfBlock(columns);
        }

        PanelCount = (rows + PanelRows - 1) / PanelRows;
        BlockCount = columns / TKernel.Columns;
        _factors = new float[PanelCount * PanelRows];
        _shifts = new sbyte[PanelCount * PanelRows];
    }

    /// <summary>The first rows and columns of a matrix, in its memory.</summary>
    private protected PanelWeights(PanelWeights<TKernel, TPanels> whole, int rows, int columns)
        : base(rows, columns)
    {
        PanelCount = (rows + PanelRows - 1) / PanelRows;
        BlockCount = columns / TKernel.Columns;
        _shifts = whole._shifts;
        _factors = columns == whole.ColumnCount ? whole._factors : [.. whole._factors.Take(PanelCount * PanelRows).Select(FactorOfPart)];

        // What is no finite number may be left out with its columns; such a row is stored without a shift.
        float FactorOfPart(float factor, int row) => !float.IsNaN(factor) || HasUnusual(whole.Panels, row) ? factor : 1f;
    }

    public override long Bytes => PanelCount * (((long)BlockCount * QuantLayout.BlockBytes<TKernel>()) + (PanelRows * QuantLayout.RowBytes));

    internal override bool TakesCodes => true;

    private protected int PanelCount { get; }

    private protected int BlockCount { get; }

    private protected sbyte[] Shifts => _shifts;

    private protected abstract TPanels Panels { get; }

    internal override int ItemCount(in ProductInput x, Matrix into) => Product<Lanes128, Vector128<byte>>(x, into).ItemCount;

    internal override void RunItem(int item, in ProductInput x, Matrix into)
    {
        // Dot products of bytes need half the work of two planes.
        bool takesBytes = TKernel.Planes == 2 && LanesVnni.IsSupported;
        if (Lanes512.IsSupported && !takesBytes)
        {
            Product<Lanes512, Vector512<byte>>(x, into).Run(item);
        }
        else if (LanesVnni.IsSupported)
        {
            Product<LanesVnni, Vector256<byte>>(x, into).Run(item);
        }
        else if (Lanes256.IsSupported)
        {
            Product<Lanes256, Vector256<byte>>(x, into).Run(item);
        }
        else
        {
            Product<Lanes128, Vector128<byte>>(x, into).Run(item);
        }
    }

    /// <summary>The product with vectors of one width; every width gives the same bits.</summary>
    internal void Multiply<TLanes, TVector>(Matrix x, Matrix into, ThreadTeam team)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        byte* codes = QuantScratch.Codes(QuantizedRows.Length(x.RowCount, x.ColumnCount));
        QuantizeRows rows = new(x, codes);
        team.Run(ref rows, rows.ItemCount, x.Values.Length);
        QuantProduct<TKernel, TPanels, TLanes, TVector> product = Product<TLanes, TVector>(new ProductInput(x, codes, team.Count, default), into);
        team.Run(ref product, product.ItemCount, long.MaxValue);
    }

    /// <summary>Finds the power of two that lifts a row's scales.</summary>
    private protected void Lift(int row, byte* stored)
    {
        (int shift, bool finite) = HalfScale.Shift(stored + TKernel.HalfStart, BlockCount, TKernel.FileBytes, TKernel.HalfCount);
        _shifts[row] = (sbyte)shift;
        _factors[row] = finite ? HalfScale.PowerOfTwo(-shift) : float.NaN;
    }

    private protected abstract WeightMatrix Cut(int rows, int columns);

    private protected sealed override WeightMatrix Part(int rows, int columns) => columns % TKernel.Columns == 0 ? Cut(rows, columns) : throw PartOfBlock(columns);

    private static ArgumentException PartOfBlock(int columns) => new($"{columns} columns are no whole number of blocks of {TKernel.Columns}");

    private QuantProduct<TKernel, TPanels, TLanes, TVector> Product<TLanes, TVector>(in ProductInput x, Matrix into)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct => new(Panels, _factors, x, into);

    private bool HasUnusual(TPanels panels, int row)
    {
        for (int block = 0; block < BlockCount; block++)
        {
            for (int at = 0; at < TKernel.HalfCount; at++)
            {
                if (HalfScale.IsNotFinite(panels.Half(row, block, at)))
                {
                    return true;
                }
            }
        }

        return false;
    }
}
