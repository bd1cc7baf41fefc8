using GemmaSharp.Kernels.Quants;
using GemmaSharp.Kernels.Tensors;

namespace GemmaSharp.Tests.Kernels.Quants;

/// <summary>Every width of vectors gives the same bits.</summary>
public sealed class QuantTiersTests
{
    private const int Rows = 53, Columns = 768;

    public static TheoryData<WeightType> Types => QuantMatrixTests.Types;

    [Theory]
    [MemberData(nameof(Types))]
    public void Multiply_EachWidth_SameBits(WeightType type)
    {
        switch (type)
        {
            case WeightType.Q4_0:
                Compare<Q4_0Kernel>(type);
                break;
            case WeightType.Q4_1:
                Compare<Q4_1Kernel>(type);
                break;
            case WeightType.Q5_0:
                Compare<Q5_0Kernel>(type);
                break;
            case WeightType.Q5_1:
                Compare<Q5_1Kernel>(type);
                break;
            case WeightType.Q8_0:
                Compare<Q8_0Kernel>(type);
                break;
            case WeightType.IQ4_NL:
                Compare<IQ4_NLKernel>(type);
                break;
            case WeightType.MXFP4:
                Compare<MXFP4Kernel>(type);
                break;
            case WeightType.Q2_K:
                Compare<Q2_KKernel>(type);
                break;
            case WeightType.Q3_K:
                Compare<Q3_KKernel>(type);
                break;
            case WeightType.Q4_K:
                Compare<Q4_KKernel>(type);
                break;
            case WeightType.Q5_K:
                Compare<Q5_KKernel>(type);
                break;
            case WeightType.Q6_K:
                Compare<Q6_KKernel>(type);
                break;
            default:
                Compare<IQ4_XSKernel>(type);
                break;
        }
    }

    private static void Compare<TKernel>(WeightType type)
        where TKernel : struct, IQuantKernel
    {
        Random random = new(11);
        byte[] bytes = QuantBytes.Finite(type, Rows, Columns, random);
        using QuantMatrix<TKernel> whole = QuantMatrix<TKernel>.Pack(
            Rows, Columns, (offset, into) => bytes.AsSpan((int)offset, into.Length).CopyTo(into));
        Compare(whole, random);
        Compare((QuantMatrix<TKernel>)whole.Prefix(Rows - 14, 512), random);
    }

    private static void Compare<TKernel>(QuantMatrix<TKernel> matrix, Random random)
        where TKernel : struct, IQuantKernel
    {
        foreach (int count in (int[])[1, 2, 6, 8, 13, 200])
        {
            float[] x = QuantBytes.Normal(random, count * matrix.ColumnCount);
            QuantTiers.AssertWider(QuantTiers.Portable(matrix, x, count), matrix, x, count);
        }
    }
}
