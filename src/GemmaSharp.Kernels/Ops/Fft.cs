using System.Runtime.CompilerServices;
namespace GemmaSharp.Kernels.Ops;

/// <summary>Forward Fourier transform of a power-of-two length, in double precision.</summary>
public sealed class Fft
{
    private readonly double[] _cosines;
    private readonly double[] _sines;
    private readonly int[] _reversed;

    /// <summary>Prepares tables for <paramref name="length"/> points.</summary>
    public Fft(int length)
    {
        if (length < 2 || (length & (length - 1)) != 0)
        {
            throw new ArgumentOutOfRangeException(nameof(length), length, "a power of two from 2 on expected");
        }

        _cosines = new double[length / 2];
        _sines = new double[length / 2];
        for (int at = 0; at < length / 2; at++)
        {
            (_sines[at], _cosines[at]) = double.SinCos(-2 * double.Pi * at / length);
        }

        _reversed = new int[length];
        for (int at = 1; at < length; at++)
        {
            _reversed[at] = (_reversed[at / 2] / 2) + ((at & 1) * length / 2);
        }
    }

    /// <summary>Transforms (real, imaginary), [length] each, in place.</summary>
    public void Forward(Span<double> real, Span<double> imaginary)
    {
        int length = _reversed.Length;
        for (int at = 0; at < length; at++)
        {
            int other = _reversed[at];
            if (other > at)
            {
                (real[at], real[other]) = (real[other], real[at]);
                (imaginary[at], imaginary[other]) = (imaginary[other], imaginary[at]);
            }
        }

        for (int half = 1; half < length; half *= 2)
        {
            Combine(real, imaginary, half);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Combine(Span<double> real, Span<double> imaginary, int half)
    {
        int stride = _reversed.Length / (2 * half);
        for (int start = 0; start < _reversed.Length; start += 2 * half)
        {
            for (int at = 0; at < half; at++)
            {
                int upper = start + at, lower = upper + half;
                double cosine = _cosines[at * stride], sine = _sines[at * stride];
                double turnedReal = (real[lower] * cosine) - (imaginary[lower] * sine);
                double turnedImaginary = (real[lower] * sine) + (imaginary[lower] * cosine);
                (real[lower], imaginary[lower]) = (real[upper] - turnedReal, imaginary[upper] - turnedImaginary);
                (real[upper], imaginary[upper]) = (real[upper] + turnedReal, imaginary[upper] + turnedImaginary);
            }
        }
    }
}
