using System.Runtime.Intrinsics;
using GemmaSharp.Kernels.Quants;
using GemmaSharp.Kernels.Tensors;
using GemmaSharp.Kernels.Threading;

namespace GemmaSharp.Tests.Kernels.Quants;

/// <summary>Products of quantised weights with vectors of every width that this processor has.</summary>
internal static class QuantTiers
{
    /// <summary>The product with vectors of 128 bits, which every processor has.</summary>
    public static float[] Portable<TKernel, TPanels>(PanelWeights<TKernel, TPanels> matrix, float[] x, int count)
        where TKernel : struct, IQuantKernel
        where TPanels : struct, IPanels => Product<TKernel, TPanels, Lanes128, Vector128<byte>>(matrix, x, count);

    /// <summary>Wider products have these bits.</summary>
    public static void AssertWider<TKernel, TPanels>(float[] expected, PanelWeights<TKernel, TPanels> matrix, float[] x, int count)
        where TKernel : struct, IQuantKernel
        where TPanels : struct, IPanels
    {
        if (Lanes256.IsSupported)
        {
            Assert.Equal(expected, Product<TKernel, TPanels, Lanes256, Vector256<byte>>(matrix, x, count));
        }

        if (LanesVnni.IsSupported)
        {
            Assert.Equal(expected, Product<TKernel, TPanels, LanesVnni, Vector256<byte>>(matrix, x, count));
        }

        if (Lanes512.IsSupported)
        {
            Assert.Equal(expected, Product<TKernel, TPanels, Lanes512, Vector512<byte>>(matrix, x, count));
        }
    }

    private static float[] Product<TKernel, TPanels, TLanes, TVector>(PanelWeights<TKernel, TPanels> matrix, float[] x, int count)
        where TKernel : struct, IQuantKernel
        where TPanels : struct, IPanels
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        float[] y = new float[count * matrix.RowCount];
        using ThreadTeam team = new(1);
        matrix.Multiply<TLanes, TVector>(new Matrix(x, count, matrix.ColumnCount), new Matrix(y, count, matrix.RowCount), team);
        return y;
    }
}
