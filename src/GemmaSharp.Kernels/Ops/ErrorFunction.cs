namespace GemmaSharp.Kernels.Ops;

/// <summary>erf in double precision: its Taylor series near zero, the continued fraction of erfc beyond.</summary>
public static class ErrorFunction
{
    private const double SeriesLimit = 2.5;
    private const int SeriesTerms = 60;
    private const int FractionTerms = 80;

    /// <summary>erf(x) = 2/sqrt(pi) * integral of exp(-t²) from 0 to x.</summary>
    public static double Erf(double x)
    {
        double magnitude = double.Abs(x);
        if (double.IsNaN(x))
        {
            return x;
        }

        double value = magnitude < SeriesLimit ? Series(magnitude) : magnitude > 6 ? 1 : 1 - Complement(magnitude);
        return double.CopySign(value, x);
    }

    // 2/sqrt(pi) exp(-x²) sum over n of 2^n x^(2n+1) / (2n+1)!!
    private static double Series(double x)
    {
        double term = x, sum = x;
        for (int n = 1; n < SeriesTerms; n++)
        {
            term *= 2 * x * x / ((2 * n) + 1);
            sum += term;
        }

        return 2 / double.Sqrt(double.Pi) * double.Exp(-x * x) * sum;
    }

    // exp(-x²)/sqrt(pi) / (x + (1/2)/(x + 1/(x + (3/2)/(x + ...))))
    private static double Complement(double x)
    {
        double tail = x;
        for (int n = FractionTerms; n > 0; n--)
        {
            tail = x + (n / 2.0 / tail);
        }

        return double.Exp(-x * x) / double.Sqrt(double.Pi) / tail;
    }
}
