using System.Runtime.CompilerServices;
using GemmaSharp.Kernels.Tensors;
using GemmaSharp.Kernels.Threading;

namespace GemmaSharp.Kernels.Quants;

/// <summary>The product of a packed matrix with quantised rows; an item is a group of panels that stays in a core's cache while all tiles pass.</summary>
internal readonly unsafe ref struct QuantProduct<TKernel, TLanes, TVector>(QuantMatrix<TKernel> weights, byte* x, Matrix into, int threads) : IWork
    where TKernel : struct, IQuantKernel
    where TLanes : struct, ILanes<TVector>
    where TVector : struct
{
    // A core's second-level cache holds 512 KB on Zen 3; tiles of values need the rest.
    private const long GroupBytes = 384 * 1024;

    // One row streams the weights once: groups only need to be large beside the cost of handing them out.
    private const long StreamBytes = 128 * 1024;
    private const int ItemsPerThread = 4;
    private const int Alignment = 64;

    private readonly QuantMatrix<TKernel> _weights = weights;
    private readonly byte* _x = x;
    private readonly Matrix _into = into;
    private readonly int _panelsPerItem = PanelsPerItem(weights, into.RowCount, threads);

    /// <summary>Groups of panels to hand out.</summary>
    public int ItemCount => (_weights.PanelCount + _panelsPerItem - 1) / _panelsPerItem;

    /// <summary>Multiply-adds of the whole product.</summary>
    public long Cost => (long)_weights.RowCount * _weights.ColumnCount * _into.RowCount;

    public void Run(int item)
    {
        fixed (float* into = _into.Values, factors = _weights.Factors)
        {
            int first = item * _panelsPerItem;
            Multiply(first, int.Min(first + _panelsPerItem, _weights.PanelCount), into, factors);
        }
    }

    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Multiply(int first, int end, float* into, float* factors)
    {
        const int tileValues = QuantLayout.PanelRows * QuantizedRows.TileRows;
        float* sums = stackalloc float[tileValues + (Alignment / sizeof(float))];
        sums = (float*)(((nuint)sums + Alignment - 1) / Alignment * Alignment);
        int rows = _into.RowCount, outputs = _into.ColumnCount;
        for (int row = 0; row < rows; row += QuantizedRows.TileRows)
        {
            byte* x = _x + QuantizedRows.TileOffset(row / QuantizedRows.TileRows, _weights.ColumnCount);
            int count = int.Min(QuantizedRows.TileRows, rows - row);
            for (int panel = first; panel < end; panel++)
            {
                new Span<float>(sums, tileValues).Clear();
                if (count == 1)
                {
                    QuantTile<TKernel, TLanes, TVector>.One(_weights.Panel(panel), _weights.BlockCount, x, sums);
                }
                else
                {
                    QuantTile<TKernel, TLanes, TVector>.Four(_weights.Panel(panel), _weights.BlockCount, x, sums);
                }

                int output = panel * QuantLayout.PanelRows;
                for (int t = 0; t < count; t++)
                {
                    float* target = into + ((long)(row + t) * outputs) + output;
                    Store(sums + (t * QuantLayout.PanelRows), factors + output, target, outputs - output);
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Store(float* sums, float* factors, float* target, int width)
    {
        if (width >= QuantLayout.PanelRows)
        {
            for (int lane = 0; lane < QuantLayout.PanelRows; lane += TLanes.Count)
            {
                TLanes.Store(TLanes.Multiply(TLanes.Load(sums + lane), TLanes.Load(factors + lane)), target + lane);
            }

            return;
        }

        for (int lane = 0; lane < width; lane++)
        {
            target[lane] = sums[lane] * factors[lane];
        }
    }

    private static int PanelsPerItem(QuantMatrix<TKernel> weights, int rows, int threads)
    {
        long byCache = (rows == 1 ? StreamBytes : GroupBytes) / weights.PanelBytes;
        long byThreads = weights.PanelCount / ((long)threads * ItemsPerThread);
        return (int)long.Max(long.Min(byCache, byThreads), 1);
    }
}
