using GemmaSharp.Kernels.KeyValues;
using GemmaSharp.Kernels.Quants;
using GemmaSharp.Kernels.Tensors;
using GemmaSharp.Kernels.Threading;

namespace GemmaSharp.Tests.Kernels.KeyValues;

/// <summary>Random queries, keys and values of a shape, attended to in several ways.</summary>
internal sealed class CacheCase(CacheType type, Random random) : IDisposable
{
    private int? _window;
    private float[]? _queries;
    private float[]? _keys;
    private float[]? _values;
    private KeyValueStore? _store;

    public required int Group { get; init; }

    public required int KeyHeads { get; init; }

    public required int HeadDim { get; init; }

    public required int Tokens { get; init; }

    /// <summary>Positions before the first query.</summary>
    public required int Before { get; init; }

    public int Window
    {
        get => _window ??= 1 + random.Next(2 * Positions);
        init => _window = value;
    }

    private static int Widest => Lanes512.IsSupported ? Lanes512.Count : Lanes256.IsSupported ? Lanes256.Count : Lanes128.Count;

    private int Positions => Before + Tokens;

    private int KeyWidth => KeyHeads * HeadDim;

    private int Width => Group * KeyWidth;

    private float[] Queries => _queries ??= Draw(Tokens * Width);

    private float[] Keys => _keys ??= Draw(Positions * KeyWidth);

    private float[] Values => _values ??= Draw(Positions * KeyWidth);

    private KeyValueStore Store
    {
        get
        {
            if (_store is null)
            {
                _store = new KeyValueStore(type, KeyHeads, HeadDim, Positions);
                _store.Append(new Matrix(Keys, Positions, KeyWidth), new Matrix(Values, Positions, KeyWidth));
            }

            return _store;
        }
    }

    public float[] Together(int threads, int? lanes = null) => Attend(Tokens, threads, lanes);

    public float[] OneByOne(int threads, int? lanes = null) => Attend(1, threads, lanes);

    /// <summary>Cases of one window, their tokens one behind another in one pass.</summary>
    public static float[] Beside(CacheCase[] cases, int threads)
    {
        float[] queries = [.. cases.SelectMany(one => one.Queries)], into = new float[queries.Length];
        List<AttendSegment> segments = [];
        foreach (CacheCase one in cases)
        {
            segments.Add(new AttendSegment(one.Store, one.Before, segments.Sum(before => before.Count), one.Tokens));
        }

        using ThreadTeam team = new(threads);
        int tokens = segments.Sum(one => one.Count), width = cases[0].Width;
        AttendSegments attend = new(new Matrix(queries, tokens, width), new Matrix(into, tokens, width), cases[0].Window, segments.ToArray());
        attend.Run(team, new float[attend.RoomLength]);
        return into;
    }

    /// <summary>The same case, its stored values as float32.</summary>
    public CacheCase AsFloats()
    {
        (float[] keys, float[] values) = Stored();
        return new CacheCase(CacheType.F32, random)
        {
            Group = Group, KeyHeads = KeyHeads, HeadDim = HeadDim, Tokens = Tokens, Before = Before, Window = Window, _queries = Queries, _keys = keys, _values = values,
        };
    }

    public void AssertExact(double tolerance)
    {
        (float[] keys, float[] values) = Stored();
        AssertNear(keys, values, tolerance);
    }

    public void AssertCloseToUnrounded(double tolerance) => AssertNear(Keys, Values, tolerance);

    public void Dispose() => _store?.Dispose();

    private (float[] Keys, float[] Values) Stored()
    {
        float[] keys = new float[Keys.Length], values = new float[Values.Length];
        Store.Read(0, new Matrix(keys, Positions, KeyWidth), new Matrix(values, Positions, KeyWidth));
        return (keys, values);
    }

    private float[] Attend(int atOnce, int threads, int? lanes)
    {
        float[] into = new float[Queries.Length];
        using ThreadTeam team = new(threads);
        for (int token = 0; token < Tokens; token += atOnce)
        {
            Attend attend = new()
            {
                Queries = new Matrix(Queries, Tokens, Width).Rows(token, atOnce),
                Store = Store,
                Into = new Matrix(into, Tokens, Width).Rows(token, atOnce),
                QueryPosition = Before + token,
                Window = Window,
                Lanes = lanes ?? Widest,
            };
            attend.Run(team, new float[attend.RoomLength]);
        }

        return into;
    }

    private void AssertNear(float[] keys, float[] values, double tolerance)
    {
        float[] found = Together(2);
        for (int head = 0; head < found.Length; head += HeadDim)
        {
            double[] exact = Exact(keys, values, head / Width, head % Width);
            for (int at = 0; at < HeadDim; at++)
            {
                double off = Math.Abs(exact[at] - found[head + at]);
                Assert.True(off <= tolerance, $"{exact[at]} expected, {found[head + at]} found at {head + at}, off by {off}");
            }
        }
    }

    private double[] Exact(float[] keys, float[] values, int token, int at)
    {
        int keyAt = at / HeadDim / Group * HeadDim, position = Before + token;
        double[] sums = new double[HeadDim];
        double total = 0;
        for (int key = (int)long.Max(0, position - (long)Window + 1); key <= position; key++)
        {
            double score = 0;
            for (int place = 0; place < HeadDim; place++)
            {
                score += (double)Queries[(token * Width) + at + place] * keys[(key * KeyWidth) + keyAt + place];
            }

            double weight = Math.Exp(score);
            total += weight;
            for (int place = 0; place < HeadDim; place++)
            {
                sums[place] += weight * values[(key * KeyWidth) + keyAt + place];
            }
        }

        return Array.ConvertAll(sums, sum => sum / total);
    }

    private float[] Draw(int count)
    {
        float[] values = new float[count];
        for (int at = 0; at < count; at++)
        {
            values[at] = (float)((random.NextDouble() * 2) - 1);
        }

        return values;
    }
}
