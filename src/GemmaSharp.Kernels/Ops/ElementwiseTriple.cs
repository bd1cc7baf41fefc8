using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace GemmaSharp.Kernels.Ops;

/// <summary>The depthwise step: a product of two rows added to a third.</summary>
public static class ElementwiseTriple
{
    /// <summary>into += x * y, one rounding an element.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void AddProduct(Span<float> into, ReadOnlySpan<float> x, ReadOnlySpan<float> y)
    {
        int at = 0;
        for (; at + 8 <= into.Length; at += 8)
        {
            Vector256<float> left = Vector256.Create(x.Slice(at, 8)), right = Vector256.Create(y.Slice(at, 8));
            Vector256.FusedMultiplyAdd(left, right, Vector256.Create<float>(into.Slice(at, 8))).CopyTo(into[at..]);
        }

        for (; at < into.Length; at++)
        {
            into[at] = MathF.FusedMultiplyAdd(x[at], y[at], into[at]);
        }
    }
}
