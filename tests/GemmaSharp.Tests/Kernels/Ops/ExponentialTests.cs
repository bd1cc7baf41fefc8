using System.Runtime.Intrinsics;
using GemmaSharp.Kernels.Ops;

namespace GemmaSharp.Tests.Kernels.Ops;

/// <summary>The exponential against double precision.</summary>
public sealed class ExponentialTests
{
    private const double Tolerance = 1.5e-7;

    [Fact]
    public void Of_NormalResults_WithinTwoUnits()
    {
        for (float x = 88.7f; x > -87.3f; x -= 0.00137f)
        {
            double exact = Math.Exp(x);
            float found = Exponential.Of(Vector256.Create(x)).ToScalar();
            Assert.InRange(Math.Abs((found / exact) - 1), 0, Tolerance);
            Assert.Equal(found, Exponential.Of(Vector512.Create(x)).ToScalar());
        }
    }

    [Theory]
    [InlineData(0f, 1f)]
    [InlineData(float.NegativeInfinity, 0f)]
    [InlineData(-1e30f, 0f)]
    [InlineData(-105f, 0f)]
    [InlineData(-103.2f, float.Epsilon)]
    [InlineData(89f, float.PositiveInfinity)]
    [InlineData(float.NaN, float.NaN)]
    public void Of_Ends_Exact(float x, float expected)
    {
        Assert.Equal(expected, Exponential.Of(Vector256.Create(x)).ToScalar());
        Assert.Equal(expected, Exponential.Of(Vector512.Create(x)).ToScalar());
    }
}
