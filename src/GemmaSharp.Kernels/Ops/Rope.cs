using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using GemmaSharp.Kernels.Tensors;

namespace GemmaSharp.Kernels.Ops;

/// <summary>
/// Rotary positions over whole heads, the two halves of a head paired (rotate_half). Angles are kept for the positions of a pass, which all its
/// layers rotate by; so one pass at a time.
/// </summary>
public sealed class Rope
{
    private readonly float[] _inverseFrequencies;
    private float[] _cosines = [];
    private float[] _sines = [];
    private int _firstKept;
    private int _endKept;

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
        Keep(firstPosition, rows.RowCount);
        for (int row = 0; row < rows.RowCount; row++)
        {
            int kept = (firstPosition + row - _firstKept) * half;
            ReadOnlySpan<float> cosines = _cosines.AsSpan(kept, half), sines = _sines.AsSpan(kept, half);
            Span<float> heads = rows[row];
            for (int head = 0; head < heads.Length; head += 2 * half)
            {
                Rotate(heads.Slice(head, half), heads.Slice(head + half, half), cosines, sines);
            }
        }
    }

    private void Keep(int first, int count)
    {
        if (first >= _firstKept && first + count <= _endKept)
        {
            return;
        }

        int half = _inverseFrequencies.Length;
        if (_cosines.Length < count * half)
        {
            _cosines = new float[count * half];
            _sines = new float[count * half];
        }

        for (int at = 0; at < count; at++)
        {
            Angles(first + at, _cosines.AsSpan(at * half, half), _sines.AsSpan(at * half, half));
        }

        (_firstKept, _endKept) = (first, first + count);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Rotate(Span<float> first, Span<float> second, ReadOnlySpan<float> cosines, ReadOnlySpan<float> sines)
    {
        int pair = 0;
        for (; pair + 8 <= first.Length; pair += 8)
        {
            Vector256<float> a = Vector256.Create<float>(first.Slice(pair, 8)), b = Vector256.Create<float>(second.Slice(pair, 8));
            Vector256<float> cosine = Vector256.Create(cosines.Slice(pair, 8)), sine = Vector256.Create(sines.Slice(pair, 8));
            ((a * cosine) - (b * sine)).CopyTo(first[pair..]);
            ((b * cosine) + (a * sine)).CopyTo(second[pair..]);
        }

        for (; pair < first.Length; pair++)
        {
            float a = first[pair], b = second[pair];
            first[pair] = (a * cosines[pair]) - (b * sines[pair]);
            second[pair] = (b * cosines[pair]) + (a * sines[pair]);
        }
    }
}
