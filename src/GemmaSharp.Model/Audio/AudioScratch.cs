using GemmaSharp.Kernels.Tensors;
using GemmaSharp.Kernels.Threading;
using GemmaSharp.Model.Config;

namespace GemmaSharp.Model.Audio;

/// <summary>What the conformer's parts take from the config.</summary>
internal sealed record AudioPassConfig(int HiddenSize, float Clipping, float ResidualWeight)
{
    /// <summary>The blocks' own norms keep the class default, whatever the config says (audio.md 5).</summary>
    public const float BlockNormEpsilon = 1e-6f;

    public static AudioPassConfig From(AudioConfig config) => new(config.HiddenSize, config.GradientClipping, config.ResidualWeight);
}

/// <summary>Buffers of one clip on its way through the conformer, and the threads that work on it.</summary>
internal sealed class AudioScratch(ThreadTeam team, TensorTap? tap)
{
    private readonly float[][] _buffers = [[], [], [], [], []];

    public ThreadTeam Team => team;

    public TensorTap? Tap => tap;

    public Matrix First(int rows, int columns) => View(0, rows, columns);

    public Matrix Second(int rows, int columns) => View(1, rows, columns);

    public Matrix Third(int rows, int columns) => View(2, rows, columns);

    public Matrix Fourth(int rows, int columns) => View(3, rows, columns);

    /// <summary>The inner width of a feed-forward.</summary>
    public Matrix Wide(int rows, int columns) => View(4, rows, columns);

    public void Observe(string name, Matrix values) => tap?.Invoke(name, [values.RowCount, values.ColumnCount], values.Values);

    private Matrix View(int buffer, int rows, int columns)
    {
        if (_buffers[buffer].Length < rows * columns)
        {
            _buffers[buffer] = new float[rows * columns];
        }

        return new Matrix(_buffers[buffer], rows, columns);
    }
}
