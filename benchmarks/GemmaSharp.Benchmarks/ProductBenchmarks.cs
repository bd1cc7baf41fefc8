using BenchmarkDotNet.Attributes;
using GemmaSharp.Kernels.Tensors;
using GemmaSharp.Kernels.Threading;

namespace GemmaSharp.Benchmarks;

/// <summary>One product of each float type, [2048, 2048] as in E2B's attention, times one row and many.</summary>
public class ProductBenchmarks
{
    private const int Size = 2048;
    private readonly float[] _x = new float[512 * Size];
    private readonly float[] _y = new float[512 * Size];
    private ThreadTeam? _team;
    private WeightMatrix? _matrix;

    [Params(WeightType.F32, WeightType.F16, WeightType.BF16)]
    public WeightType Type { get; set; }

    [Params(1, 4, 64, 512)]
    public int Rows { get; set; }

    [Params(1, 2)]
    public int Threads { get; set; }

    [GlobalSetup]
    public void Prepare()
    {
        _team = new ThreadTeam(Threads);
        _matrix = FormulaWeights.Matrix(Type, Size, Size);
        FormulaWeights.Fill("x", _x);
    }

    [GlobalCleanup]
    public void Release()
    {
        _matrix?.Dispose();
        _team?.Dispose();
    }

    [Benchmark]
    public void Multiply() => _matrix?.Multiply(new Matrix(_x, Rows, Size), new Matrix(_y, Rows, Size), _team ?? throw new InvalidOperationException());
}
