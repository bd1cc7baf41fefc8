using System.Runtime.Intrinsics;
using GemmaSharp.Kernels.Quants;
using GemmaSharp.Kernels.Tensors;

namespace GemmaSharp.Tests.Kernels.Quants;

/// <summary>Packing with vectors of any width writes the same bytes; what they mean is read back in <see cref="QuantMatrixTests"/>.</summary>
public sealed unsafe class QuantPackingTests
{
    private const int Blocks = 3;

    [Fact]
    public void Pack_EachWidth_SameBytes()
    {
        Compare<Q4_0Kernel>();
        Compare<Q4_1Kernel>();
        Compare<Q5_0Kernel>();
        Compare<Q5_1Kernel>();
        Compare<Q8_0Kernel>();
        Compare<IQ4_NLKernel>();
        Compare<IQ4_XSKernel>();
        Compare<MXFP4Kernel>();
        Compare<Q2_KKernel>();
        Compare<Q3_KKernel>();
        Compare<Q4_KKernel>();
        Compare<Q5_KKernel>();
        Compare<Q6_KKernel>();
    }

    private static void Compare<TKernel>()
        where TKernel : struct, IQuantKernel
    {
        byte[] rows = new byte[(2 * PanelFill.Slack) + (16 * Blocks * TKernel.FileBytes)];
        new Random(5).NextBytes(rows);
        sbyte[] shifts = [0, 1, 2, 3, 0, 5, 0, 7, 0, 0, 10, 0, 12, 0, 14, 15];
        byte[] narrow = new byte[Blocks * QuantLayout.BlockBytes<TKernel>()], wide = new byte[narrow.Length];
        fixed (byte* from = rows)
        fixed (byte* narrowTo = narrow)
        fixed (byte* wideTo = wide)
        {
            QuantPacking<TKernel>.Pack<Lanes128, Vector128<byte>>(from + PanelFill.Slack, Blocks, shifts, narrowTo);
            if (Lanes256.IsSupported)
            {
                QuantPacking<TKernel>.Pack<Lanes256, Vector256<byte>>(from + PanelFill.Slack, Blocks, shifts, wideTo);
                Assert.Equal(narrow, wide);
            }

            if (Lanes512.IsSupported)
            {
                QuantPacking<TKernel>.Pack<Lanes512, Vector512<byte>>(from + PanelFill.Slack, Blocks, shifts, wideTo);
                Assert.Equal(narrow, wide);
            }
        }
    }
}
