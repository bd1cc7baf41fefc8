using GemmaSharp.Kernels.Blocks;
using GemmaSharp.Kernels.Ops;
using GemmaSharp.Kernels.Threading;

namespace GemmaSharp.Kernels.Tensors;

/// <summary>
/// A dense convolution as a product with what its kernel covers. The covered values are gathered block by block where the product reads them,
/// so they are never all in memory; their order is kernel row, kernel column, input channel.
/// </summary>
public sealed class ConvolutionWeights : IDisposable
{
    private readonly PanelMatrix<F32Block> _weights;
    private readonly int _inputs;

    private ConvolutionWeights(PanelMatrix<F32Block> weights, int inputs)
    {
        _weights = weights;
        _inputs = inputs;
    }

    /// <summary>Channels of the result.</summary>
    public int OutputChannels => _weights.RowCount;

    /// <summary>Bytes of memory held.</summary>
    public long Bytes => _weights.Bytes;

    /// <summary>Packs a kernel [outputs, inputs, places].</summary>
    public static ConvolutionWeights Pack(ReadOnlySpan<float> kernel, int outputs, int inputs, int places)
    {
        float[] reordered = new float[kernel.Length];
        int row = inputs * places;
        for (int at = 0; at < reordered.Length; at++)
        {
            reordered[(at / row * row) + (at % places * inputs) + (at % row / places)] = kernel[at];
        }

        return new ConvolutionWeights((PanelMatrix<F32Block>)WeightMatrix.FromFloats(reordered, outputs, row), inputs);
    }

    /// <summary>The rows of <paramref name="into"/>, from an image that has the rows they look at.</summary>
    public void Multiply(ImageBand image, ConvolutionGrid grid, ImageBand into, ThreadTeam team)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(image.Channels, _inputs);
        ArgumentOutOfRangeException.ThrowIfNotEqual(grid.Rows.Kernel * grid.Columns.Kernel * _inputs, _weights.ColumnCount);
        ArgumentOutOfRangeException.ThrowIfNotEqual(into.Channels, _weights.RowCount);
        PatchRows rows = new(image, grid, into.FirstRow, into.Pixels.RowCount);
        BlockedProduct<F32Block, PatchRows> product = new(_weights, rows, into.Pixels, team.Count);
        team.Run(ref product, product.ItemCount, product.Cost);
    }

    /// <inheritdoc/>
    public void Dispose() => _weights.Dispose();
}
