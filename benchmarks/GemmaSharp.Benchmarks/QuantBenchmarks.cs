using BenchmarkDotNet.Attributes;
using GemmaSharp.Kernels.Memory;
using GemmaSharp.Kernels.Tensors;
using GemmaSharp.Kernels.Threading;

namespace GemmaSharp.Benchmarks;

/// <summary>Products of each quantised type, [2048, 8192] as E2B's largest, times one row and many; and a read of as many bytes.</summary>
public class QuantBenchmarks
{
    private const int Inputs = 8192;
    private readonly float[] _x = new float[512 * Inputs];
    private readonly float[] _y = new float[512 * QuantWeights.Outputs];
    private byte[] _bytes = [];
    private ThreadTeam? _team;
    private WeightMatrix? _matrix;

    [Params(
        WeightType.Q4_0, WeightType.Q4_1, WeightType.Q5_0, WeightType.Q5_1, WeightType.Q8_0, WeightType.Q2_K, WeightType.Q3_K, WeightType.Q4_K,
        WeightType.Q5_K, WeightType.Q6_K, WeightType.IQ4_NL, WeightType.IQ4_XS, WeightType.MXFP4, WeightType.IQ2_XXS, WeightType.IQ3_S)]
    public WeightType Type { get; set; }

    [Params(1, 8, 512)]
    public int Rows { get; set; }

    [Params(1, 2)]
    public int Threads { get; set; }

    [GlobalSetup]
    public void Prepare()
    {
        _team = new ThreadTeam(Threads);
        _matrix = QuantWeights.Matrix(Type, QuantWeights.Outputs, Inputs);
        _bytes = new byte[_matrix.Bytes];
        FormulaWeights.Fill("x", _x);
    }

    [GlobalCleanup]
    public void Release()
    {
        _matrix?.Dispose();
        _team?.Dispose();
    }

    [Benchmark]
    public void Multiply() =>
        _matrix?.Multiply(new Matrix(_x, Rows, Inputs), new Matrix(_y, Rows, QuantWeights.Outputs), _team ?? throw new InvalidOperationException());

    [Benchmark(Baseline = true)]
    public ulong ReadBytes() => ReadSum.Of(_bytes, _team ?? throw new InvalidOperationException());
}
