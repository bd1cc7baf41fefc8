using System.Runtime.CompilerServices;
using GemmaSharp.Kernels.Tensors;

namespace GemmaSharp.Kernels.Ops;

/// <summary>Rotary positions over whole heads, the two halves of a head paired (rotate_half).</summary>
public sealed class Rope
{
    private readonly float[] _inverseFrequencies;

    /// <summary>Prepares the inverse frequencies base^(-2k/headDim) in float32, rounded as the reference rounds them (text.md 7.1).</summary>
    public Rope(int headDim, double theta)
    {
        _inverseFrequencies = new float[headDim / 2];
        for (int pair = 0; pair < _inverseFrequencies.Length; pair++)
        {
            float power = (float)double.Pow(theta, 2.0 * pair / headDim);
            _inverseFrequencies[pair] = 1f / power;
        }
    }

    /// <summary>The inverse frequencies, [headDim / 2].</summary>
    public ReadOnlySpan<float> InverseFrequencies => _inverseFrequencies;

    /// <summary>cos and sin of position * inverse frequency, [headDim / 2] each; the angle is formed in float32.</summary>
    public void Angles(int position, Span<float> cosines, Span<float> sines)
    {
        for (int pair = 0; pair < _inverseFrequencies.Length; pair++)
        {
            float angle = position * _inverseFrequencies[pair];
            cosines[pair] = (float)double.Cos(angle);
            sines[pair] = (float)double.Sin(angle);
        }
    }

    /// <summary>Rotates the rows [tokens, heads * headDim] of consecutive positions, in place.</summary>
    public void Rotate(Matrix rows, int firstPosition)
    {
        int half = _inverseFrequencies.Length;
        Span<float> cosines = stackalloc float[half];
        Span<float> sines = stackalloc float[half];
        for (int row = 0; row < rows.RowCount; row++)
        {
            Angles(firstPosition + row, cosines, sines);
            Span<float> heads = rows[row];
            for (int head = 0; head < heads.Length; head += 2 * half)
            {
                Rotate(heads.Slice(head, half), heads.Slice(head + half, half), cosines, sines);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Rotate(Span<float> first, Span<float> second, ReadOnlySpan<float> cosines, ReadOnlySpan<float> sines)
    {
        for (int pair = 0; pair < first.Length; pair++)
        {
            float a = first[pair], b = second[pair];
            first[pair] = (a * cosines[pair]) - (b * sines[pair]);
            second[pair] = (b * cosines[pair]) + (a * sines[pair]);
        }
    }
}
