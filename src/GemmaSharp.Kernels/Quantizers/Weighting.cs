using System.Runtime.Intrinsics;

namespace GemmaSharp.Kernels.Quantizers;

/// <summary>How much an error in a weight counts.</summary>
internal static unsafe class Weighting
{
    /// <summary>Σ x², in order of index; <paramref name="length"/> values.</summary>
    public static float SumOfSquares(float* x, int length)
    {
        float sum = 0;
        for (int index = 0; index < length; index++)
        {
            sum += x[index] * x[index];
        }

        return sum;
    }

    /// <summary>x², for lanes or any values; a multiple of eight.</summary>
    public static void Squares(float* x, int length, float* into)
    {
        for (int index = 0; index < length; index += 8)
        {
            Vector256<float> value = Vector256.Load(x + index);
            (value * value).Store(into + index);
        }
    }

    /// <summary>|x|.</summary>
    public static void Magnitudes(float* x, int length, float* into)
    {
        for (int index = 0; index < length; index += 8)
        {
            Vector256.Abs(Vector256.Load(x + index)).Store(into + index);
        }
    }

    /// <summary>sqrt(mean x² of a lane) + |x|, lanes in and out.</summary>
    public static void AboveMean(float* lanes, int length, float* into)
    {
        Vector256<float> sum = default;
        for (int index = 0; index < length; index++)
        {
            Vector256<float> value = Lanes.At(lanes, index);
            sum += value * value;
        }

        Vector256<float> mean = Vector256.Sqrt(sum / Vector256.Create((float)length));
        for (int index = 0; index < length; index++)
        {
            (mean + Vector256.Abs(Lanes.At(lanes, index))).Store(into + (index * Lanes.Count));
        }
    }

    /// <summary>importance * sqrt(meanSquare + x²).</summary>
    public static void Important(float* x, float* importance, float meanSquare, int length, float* into)
    {
        Vector256<float> mean = Vector256.Create(meanSquare);
        for (int index = 0; index < length; index += 8)
        {
            Vector256<float> value = Vector256.Load(x + index);
            (Vector256.Load(importance + index) * Vector256.Sqrt(mean + (value * value))).Store(into + index);
        }
    }
}
