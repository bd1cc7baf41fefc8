using GemmaSharp.Kernels.Quantizers;
using GemmaSharp.Kernels.Tensors;
using GemmaSharp.Kernels.Threading;

namespace GemmaSharp.Synthesis;

/// <summary>
/// Random weights, quantised once for each type and then given out again and again from other places, so that a file of gigabytes takes as
/// long as writing it.
/// </summary>
internal sealed class WeightPool
{
    private const int PieceBytes = 1 << 20;
    private readonly float[] _values;
    private readonly int _seed;
    private readonly ThreadTeam _team;
    private readonly Dictionary<(WeightType Type, int Exponent), byte[]> _blocks = [];

    /// <param name="seed">Equal seeds give equal weights.</param>
    /// <param name="size">Weights in the pool; whole blocks of every type.</param>
    /// <param name="team">Quantises.</param>
    public WeightPool(int seed, int size, ThreadTeam team)
    {
        _seed = seed;
        _team = team;
        Random random = new(seed);
        _values = new float[size];
        float scale = MathF.Sqrt(3);
        for (int at = 0; at < size; at++)
        {
            // The sum of four has a variance of 1/3.
            _values[at] = scale * (random.NextSingle() + random.NextSingle() - random.NextSingle() - random.NextSingle());
        }
    }

    /// <summary>The bytes of a matrix.</summary>
    /// <param name="type">Its type.</param>
    /// <param name="exponent">The weights' deviation is 2 to the power of this.</param>
    /// <param name="byteCount">Its bytes, whole blocks.</param>
    /// <param name="number">Tensors of other numbers get other weights.</param>
    public IEnumerable<ReadOnlyMemory<byte>> Matrix(WeightType type, int exponent, long byteCount, int number)
    {
        byte[] blocks = Blocks(type, exponent);
        int blockBytes = WeightTypes.BlockBytes(type), most = int.Min(blocks.Length, PieceBytes) / blockBytes;
        Random random = new(HashCode(number));
        for (long left = byteCount / blockBytes; left > 0;)
        {
            int count = (int)long.Min(most, left), start = random.Next((blocks.Length / blockBytes) - count + 1);
            yield return blocks.AsMemory(start * blockBytes, count * blockBytes);
            left -= count;
        }
    }

    /// <summary>The bytes of float weights near a value, as norms have them near 1.</summary>
    /// <param name="center">The value.</param>
    /// <param name="spread">How far they may be from it.</param>
    /// <param name="count">How many weights.</param>
    /// <param name="number">Tensors of other numbers get other weights.</param>
    public IEnumerable<ReadOnlyMemory<byte>> Around(float center, float spread, long count, int number)
    {
        Random random = new(HashCode(number));
        float[] values = new float[count];
        for (int at = 0; at < values.Length; at++)
        {
            values[at] = center + (spread * ((2 * random.NextSingle()) - 1));
        }

        byte[] bytes = new byte[values.Length * sizeof(float)];
        Quantize.Rows(WeightType.F32, values, values.Length, [], bytes);
        yield return bytes;
    }

    private int HashCode(int number) => unchecked((_seed * 31) + number + 1);

    private byte[] Blocks(WeightType type, int exponent)
    {
        if (!_blocks.TryGetValue((type, exponent), out byte[]? blocks))
        {
            const int columns = 2048;
            float[] scaled = Array.ConvertAll(_values, value => MathF.ScaleB(value, exponent));
            blocks = new byte[_values.Length / columns * WeightTypes.RowBytes(type, columns)];
            Quantize.Rows(type, scaled, columns, [], blocks, _team);
            _blocks.Add((type, exponent), blocks);
        }

        return blocks;
    }
}
