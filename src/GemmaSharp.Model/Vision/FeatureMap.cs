using GemmaSharp.Kernels.Ops;
using GemmaSharp.Kernels.Tensors;

namespace GemmaSharp.Model.Vision;

/// <summary>A picture on its way through the tower, [height, width, channels], channels innermost.</summary>
internal sealed class FeatureMap(int height, int width, int channels, float[] storage)
{
    public FeatureMap(int height, int width, int channels)
        : this(height, width, channels, GC.AllocateUninitializedArray<float>(checked(height * width * channels)))
    {
    }

    public int Height => height;

    public int Width => width;

    public int Channels => channels;

    /// <summary>Room for the values, or more.</summary>
    public float[] Storage => storage;

    public Span<float> Values => storage.AsSpan(0, height * width * channels);

    /// <summary>One row for every pixel, [height * width, channels].</summary>
    public Matrix Pixels => new(storage, height * width, channels);

    /// <summary>All rows.</summary>
    public ImageBand Whole => new(Pixels, width);

    /// <summary>Rows from..to-1.</summary>
    public ImageBand Band(int from, int to) => Whole.Rows(from, to);

    /// <summary>The map's first rows used as room for rows from..to-1 of a picture of the same width.</summary>
    public ImageBand Hold(int from, int to) => new(Pixels.Rows(0, (to - from) * width), width, from);

    /// <summary>[channels, height, width], as the reference lays it out.</summary>
    public float[] ToPlanar()
    {
        float[] planar = new float[height * width * channels];
        for (int at = 0; at < planar.Length; at++)
        {
            planar[(at % channels * height * width) + (at / channels)] = storage[at];
        }

        return planar;
    }
}
