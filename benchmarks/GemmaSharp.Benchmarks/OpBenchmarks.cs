using BenchmarkDotNet.Attributes;
using GemmaSharp.Kernels.KeyValues;
using GemmaSharp.Kernels.Ops;
using GemmaSharp.Kernels.Tensors;
using GemmaSharp.Kernels.Threading;

namespace GemmaSharp.Benchmarks;

/// <summary>What stands between the products, at the widths of E2B and of the image tower.</summary>
public class OpBenchmarks
{
    private const int Hidden = 2048;
    private const int Wide = 8192;
    private const int HeadDim = 256;
    private const int Heads = 8;
    private const int KeyHeads = 2;
    private const int Context = 4096;
    private const int Side = 48;
    private const int Channels = 640;
    private readonly float[] _x = Values(Context * KeyHeads * HeadDim);
    private readonly float[] _y = Values(Context * KeyHeads * HeadDim);
    private readonly float[] _scores = new float[Heads * (HeadDim + 2) * Context / 128];
    private readonly float[] _image = Values(Side * Side * Channels);
    private readonly float[] _convolved = new float[Side * Side * Channels];
    private readonly float[] _kernel = Values(25 * Channels);
    private readonly float[] _row = Values(Wide);
    private readonly ThreadTeam _team = new(1);
    private readonly KeyValueStore _store = new(CacheType.F16, KeyHeads, HeadDim, Context);

    public OpBenchmarks() => _store.Append(new Matrix(_x, Context, KeyHeads * HeadDim), new Matrix(_y, Context, KeyHeads * HeadDim));

    [Benchmark]
    public void RmsNormOfHidden() => RmsNormalize.Row(_x.AsSpan(0, Hidden), _y.AsSpan(0, Hidden), 1e-6f, _row);

    [Benchmark]
    public void GeluTanhOfWide() => Activation.GeluTanh(_row);

    [Benchmark]
    public void GaussianTopKOfWide() => GaussianTopK.Row(_row, 1.6f);

    [Benchmark]
    public void SoftmaxOfContext() => Softmax.Row(_scores.AsSpan(0, Context));

    [Benchmark]
    public void DepthwiseOf48x48x640Kernel5() =>
        DepthwiseConvolve.Run(
        new ImageBand(new Matrix(_image, Side * Side, Channels), Side),
        _kernel,
        ConvolutionGrid.Same(Side, Side, 5, 1),
        new ImageBand(new Matrix(_convolved, Side * Side, Channels), Side),
        _team);

    [Benchmark]
    public void AttendOneTokenOverContext() => new Attend
    {
        Queries = new Matrix(_row, 1, Heads * HeadDim),
        Store = _store,
        Into = new Matrix(_row.AsSpan(Heads * HeadDim), 1, Heads * HeadDim),
        QueryPosition = Context - 1,
        Window = int.MaxValue,
    }.Run(_team, _scores);

    [GlobalCleanup]
    public void Release()
    {
        _store.Dispose();
        _team.Dispose();
    }

    private static float[] Values(int count)
    {
        float[] values = new float[count];
        FormulaWeights.Fill("values", values);
        return values;
    }
}
