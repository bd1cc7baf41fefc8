using GemmaSharp.Kernels.Tensors;
using GemmaSharp.Kernels.Threading;

namespace GemmaSharp.Model.Vision;

/// <summary>A picture on its way through the tower, [height, width, channels], channels innermost.</summary>
internal sealed class FeatureMap(int height, int width, int channels)
{
    private readonly float[] _values = GC.AllocateUninitializedArray<float>(height * width * channels);

    public int Height => height;

    public int Width => width;

    public int Channels => channels;

    public Span<float> Values => _values;

    /// <summary>One row for every pixel, [height * width, channels].</summary>
    public Matrix Pixels => new(_values, height * width, channels);

    /// <summary>[channels, height, width], as the reference lays it out.</summary>
    public float[] ToPlanar()
    {
        float[] planar = new float[_values.Length];
        for (int at = 0; at < _values.Length; at++)
        {
            planar[(at % channels * height * width) + (at / channels)] = _values[at];
        }

        return planar;
    }
}

/// <summary>The threads that work on a picture and who watches.</summary>
internal sealed record VisionPass(ThreadTeam Team, TensorTap? Tap)
{
    /// <summary>Every norm of the tower (vision.md 3.2).</summary>
    public const float Epsilon = 1e-6f;

    public void Observe(string name, FeatureMap map) => Tap?.Invoke(name, [map.Channels, map.Height, map.Width], map.ToPlanar());
}
