using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using GemmaSharp.Kernels.Blocks;
using GemmaSharp.Kernels.Blocks.Formats;
using GemmaSharp.Kernels.Tensors;

namespace GemmaSharp.Kernels.Ops;

/// <summary>
/// The product of an HQQ matrix with float rows; an item is 16 of the 64 rows of a group, decoded into a tile on the way. Order of
/// summation of every output: runs of 256 columns ascending, inside a run one fused multiply-add per column from zero, sums added in order.
/// </summary>
internal readonly unsafe ref struct HqqProduct(HqqMatrix weights, Matrix x, Matrix into)
{
    private const int RunColumns = 256;
    private const int Quarters = HqqMatrix.BlockRows / FloatTile.Width;

    private readonly HqqMatrix _weights = weights;
    private readonly Matrix _x = x;
    private readonly Matrix _into = into;

    /// <summary>Quarters of groups to hand out.</summary>
    public int ItemCount => _weights.GroupCount * Quarters;

    /// <summary>Computes one of them.</summary>
    public void Run(int item)
    {
        fixed (float* x = _x.Values, into = _into.Values)
        {
            RunQuarter(item / Quarters, item % Quarters, x, into);
        }
    }

    [SkipLocalsInit]
    private void RunQuarter(int group, int quarter, float* x, float* into)
    {
        int columns = _weights.ColumnCount, rows = _x.RowCount, apart = _weights.GroupCount;
        float* tile = stackalloc float[RunColumns * FloatTile.Width];
        float* sums = stackalloc float[FloatTile.Height * FloatTile.Width];
        for (int start = 0; start < columns; start += RunColumns)
        {
            int count = int.Min(RunColumns, columns - start);
            Decode(group, quarter, start, count, tile);
            for (int row = 0; row < rows; row += FloatTile.Height)
            {
                int height = int.Min(FloatTile.Height, rows - row);
                float* from = x + ((long)row * columns) + start;
                if (height == 1)
                {
                    FloatTile.MultiplyOne(tile, count, from, sums);
                }
                else
                {
                    FloatTile.MultiplySix(tile, count, from, columns, height, sums);
                }

                for (int t = 0; t < height; t++)
                {
                    float* target = into + ((long)(row + t) * _weights.RowCount) + group + ((long)quarter * FloatTile.Width * apart);
                    Add(target, apart, sums + (t * FloatTile.Width), first: start == 0);
                }
            }
        }
    }

    // tile [count, 16]
    private void Decode(int group, int quarter, int start, int count, float* tile)
    {
        for (int column = 0; column < count; column++, tile += FloatTile.Width)
        {
            byte* block = _weights.Block(group, start + column);
            byte* codes = block + (2 * sizeof(float));
            Vector256<float> scale = Vector256.Create(*(float*)block), zero = Vector256.Create(((float*)block)[1]);
            Vector128<byte> bytes = !_weights.HasNibbles ? Vector128.Load(codes + (quarter * FloatTile.Width))
                : quarter < Quarters / 2 ? Codes.High(Vector128.Load(codes + (quarter * FloatTile.Width)))
                : Codes.Low(Vector128.Load(codes + ((quarter - (Quarters / 2)) * FloatTile.Width)));
            (Vector128<ushort> lower, Vector128<ushort> upper) = Vector128.Widen(bytes);
            ((ToFloat(lower) - zero) * scale).Store(tile);
            ((ToFloat(upper) - zero) * scale).Store(tile + 8);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> ToFloat(Vector128<ushort> codes)
    {
        (Vector128<uint> lower, Vector128<uint> upper) = Vector128.Widen(codes);
        return Vector256.ConvertToSingle(Vector256.Create(lower, upper).AsInt32());
    }

    private static void Add(float* target, int apart, float* sums, bool first)
    {
        for (int lane = 0; lane < FloatTile.Width; lane++, target += apart)
        {
            *target = (first ? 0f : *target) + sums[lane];
        }
    }
}
