using GemmaSharp.Kernels.Threading;

namespace GemmaSharp.Model.Vision;

/// <summary>One picture's way through the tower: the threads that work on it, who watches, and the storage that blocks hand on to one another.</summary>
/// <param name="team">The threads.</param>
/// <param name="tap">Who watches.</param>
/// <param name="pause">Called where the threads may do other work in between.</param>
internal sealed class VisionPass(ThreadTeam team, TensorTap? tap, Action? pause)
{
    /// <summary>Every norm of the tower (vision.md 3.2).</summary>
    public const float Epsilon = 1e-6f;

    // Values of a wide map held at once, 12 MB: what is between two convolutions need not be in memory as a whole.
    private const int BandValues = 3 << 20;
    private const int RowUnit = 4;

    private readonly List<FeatureMap> _used = [];
    private readonly List<float[]> _free = [];

    public ThreadTeam Team => team;

    /// <summary>Rows of a map to take through a block at a time; all where someone watches the values between.</summary>
    public int BandRows(int height, int rowValues)
    {
        int bands = int.Max(1, (int)(((long)height * rowValues) / BandValues));
        int rows = (((height + bands - 1) / bands) + RowUnit - 1) / RowUnit * RowUnit;
        return tap is null ? int.Min(rows, height) : height;
    }

    /// <summary>A map with any values, good until the block that asked for it is done.</summary>
    public FeatureMap NewMap(int height, int width, int channels)
    {
        int best = -1, length = checked(height * width * channels);
        for (int index = 0; index < _free.Count; index++)
        {
            if (_free[index].Length >= length && (best < 0 || _free[index].Length < _free[best].Length))
            {
                best = index;
            }
        }

        FeatureMap map = best < 0 ? new FeatureMap(height, width, channels) : new FeatureMap(height, width, channels, _free[best]);
        if (best >= 0)
        {
            _free.RemoveAt(best);
        }

        _used.Add(map);
        return map;
    }

    /// <summary>Takes back the storage of all maps but the two.</summary>
    public void KeepOnly(FeatureMap one, FeatureMap other)
    {
        for (int index = _used.Count - 1; index >= 0; index--)
        {
            if (!ReferenceEquals(_used[index], one) && !ReferenceEquals(_used[index], other))
            {
                _free.Add(_used[index].Storage);
                _used.RemoveAt(index);
            }
        }
    }

    /// <summary>Lets the threads do other work.</summary>
    public void Pause() => pause?.Invoke();

    public void Observe(string name, FeatureMap map) => tap?.Invoke(name, [map.Channels, map.Height, map.Width], map.ToPlanar());
}
