using GemmaSharp.Kernels.Ops;

namespace GemmaSharp.Model.Config;

/// <summary>The quantile of the standard normal distribution as the reference computes it.</summary>
internal static class NormalQuantile
{
    private const int NewtonSteps = 60;

    /// <summary>sqrt(2) erfinv(2p - 1), products in float32 and erfinv in double (text.md 8): equal to torch to the bit at the usual values.</summary>
    public static float Of(double probability)
    {
        float argument = (2f * (float)probability) - 1f;
        return (float)double.Sqrt(2) * (float)InverseErf(argument);
    }

    /// <summary>The probability below a quantile, to the six digits that float32 keeps of it.</summary>
    public static double Share(float quantile) => double.Round((1 + ErrorFunction.Erf(quantile / double.Sqrt(2))) / 2, 6);

    // Newton on erf(x) = y from the start x = 0, damped by erf's own slope; converges for |y| < 1.
    private static double InverseErf(double y)
    {
        double low = -6, high = 6;
        double x = 0;
        for (int step = 0; step < NewtonSteps; step++)
        {
            double error = ErrorFunction.Erf(x) - y;
            (low, high) = error > 0 ? (low, x) : (x, high);
            double slope = 2 / double.Sqrt(double.Pi) * double.Exp(-x * x);
            double next = x - (error / slope);
            x = next > low && next < high ? next : (low + high) / 2;
        }

        return x;
    }
}
