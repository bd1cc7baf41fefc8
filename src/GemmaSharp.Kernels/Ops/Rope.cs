using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using GemmaSharp.Kernels.Tensors;
using GemmaSharp.Kernels.Threading;

namespace GemmaSharp.Kernels.Ops;

/// <summary>
/// Rotary positions over whole heads, the two halves of a head paired (rotate_half). The angles of the last positions asked for are kept, so
/// that the layers of a pass share them; rotations follow one another.
/// </summary>
public sealed class Rope
{
    private const long ValueCost = 8;
    private readonly float[] _inverseFrequencies;
    private float[] _cosines = []; // [positions, headDim / 2]
    private float[] _sines = [];
    private int[] _positions = [];
    private int _count;

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

    /// <summary>Rotates the rows [tokens, heads * headDim], each by its position, in place, shared by the team.</summary>
    public void Rotate(Matrix rows, ReadOnlySpan<int> positions, ThreadTeam team)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(positions.Length, rows.RowCount);
        Prepare(positions, team);
        team.RunRows(new RotateRow(this, rows), rows.RowCount, ValueCost * rows.ColumnCount);
    }

    private void Prepare(ReadOnlySpan<int> positions, ThreadTeam team)
    {
        if (positions.SequenceEqual(_positions.AsSpan(0, _count)))
        {
            return;
        }

        int half = _inverseFrequencies.Length;
        if (_positions.Length < positions.Length)
        {
            _positions = new int[positions.Length];
            _cosines = new float[positions.Length * half];
            _sines = new float[positions.Length * half];
        }

        positions.CopyTo(_positions);
        _count = positions.Length;
        const long angleCost = 256;
        team.RunRows(new AngleRow(this), _count, angleCost * half);
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

    private readonly struct AngleRow(Rope rope) : IRowWork
    {
        public void Run(int row)
        {
            int half = rope._inverseFrequencies.Length;
            rope.Angles(rope._positions[row], rope._cosines.AsSpan(row * half, half), rope._sines.AsSpan(row * half, half));
        }
    }

    private readonly ref struct RotateRow(Rope rope, Matrix rows) : IRowWork
    {
        private readonly Matrix _rows = rows;

        public void Run(int row)
        {
            int half = rope._inverseFrequencies.Length;
            ReadOnlySpan<float> cosines = rope._cosines.AsSpan(row * half, half), sines = rope._sines.AsSpan(row * half, half);
            Span<float> heads = _rows[row];
            for (int head = 0; head < heads.Length; head += 2 * half)
            {
                Rotate(heads.Slice(head, half), heads.Slice(head + half, half), cosines, sines);
            }
        }
    }
}
