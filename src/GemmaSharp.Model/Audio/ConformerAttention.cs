using GemmaSharp.Kernels.Ops;
using GemmaSharp.Kernels.Tensors;
using GemmaSharp.Model.Config;
using GemmaSharp.Model.Layers;
using GemmaSharp.Weights;

namespace GemmaSharp.Model.Audio;

/// <summary>Local attention with relative positions and a soft cap, in closed form (audio.md 5.1): every frame sees a fixed span of frames.</summary>
internal sealed class ConformerAttention : IDisposable
{
    private const double LongestTimescale = 10000;
    private readonly AudioConfig _config;
    private readonly RmsNorm _preNorm;
    private readonly RmsNorm _postNorm;
    private readonly Linear _query;
    private readonly Linear _key;
    private readonly Linear _value;
    private readonly Linear _post;
    private readonly float[] _queryScale; // [headDim]
    private readonly float[] _positions; // [left + right + 1, hidden], distance -right first

    private ConformerAttention(WeightScope weights, AudioConfig config, AudioScratch scratch)
    {
        int hidden = config.HiddenSize;
        WeightScope inner = weights.Child("attn");
        _config = config;
        _preNorm = RmsNorm.Load(weights, "pre_attn_norm", hidden, AudioPassConfig.BlockNormEpsilon);
        _postNorm = RmsNorm.Load(weights, "post_norm", hidden, AudioPassConfig.BlockNormEpsilon);
        _query = Square(inner.Child("q_proj"));
        _key = Square(inner.Child("k_proj"));
        _value = Square(inner.Child("v_proj"));
        _post = Square(weights.Child("post"));
        _queryScale = QueryScale(inner.Vector("per_dim_scale", HeadDim));
        using Linear project = Square(inner.Child("relative_position_embedding").Child("pos_proj"));
        _positions = Positions(project, scratch);

        Linear Square(WeightScope scope) => new(scope.Matrix("weight", hidden, hidden));
    }

    private int HeadDim => _config.HiddenSize / _config.HeadCount;

    // context_left counts the frame itself
    private int Left => _config.ContextLeft - 1;

    public static ConformerAttention Load(WeightScope weights, AudioConfig config, AudioScratch scratch) => new(weights, config, scratch);

    /// <summary>x [frames, hidden], in place: x + norm(clip(post · attention(norm(clip(x))))).</summary>
    public void Forward(Matrix x, string name, AudioScratch scratch)
    {
        Matrix normed = scratch.First(x.RowCount, x.ColumnCount), queries = scratch.Second(x.RowCount, x.ColumnCount);
        Matrix keys = scratch.Third(x.RowCount, x.ColumnCount), values = scratch.Fourth(x.RowCount, x.ColumnCount);
        x.CopyTo(normed);
        Elementwise.Clamp(normed.Values, _config.GradientClipping);
        _preNorm.Forward(normed, normed);
        _query.Forward(normed, queries, scratch.Team);
        _key.Forward(normed, keys, scratch.Team);
        _value.Forward(normed, values, scratch.Team);
        ScaleQueries(queries);
        Span<float> scores = stackalloc float[Left + _config.ContextRight + 1];
        for (int frame = 0; frame < x.RowCount; frame++)
        {
            for (int head = 0; head < _config.HeadCount; head++)
            {
                Attend(frame, head * HeadDim, queries[frame].Slice(head * HeadDim, HeadDim), keys, values, normed[frame], scores);
            }
        }

        scratch.Tap?.Invoke($"{name}.attn", [x.RowCount, _config.HeadCount, HeadDim], normed.Values);
        _post.Forward(normed, queries, scratch.Team);
        Elementwise.Clamp(queries.Values, _config.GradientClipping);
        _postNorm.Forward(queries, queries);
        Elementwise.Add(x.Values, queries.Values);
        scratch.Observe(name, x);
    }

    public void Dispose()
    {
        _query.Dispose();
        _key.Dispose();
        _value.Dispose();
        _post.Dispose();
    }

    private void Attend(int frame, int offset, ReadOnlySpan<float> query, Matrix keys, Matrix values, Span<float> into, Span<float> scores)
    {
        int first = int.Max(0, frame - Left), last = int.Min(keys.RowCount - 1, frame + _config.ContextRight);
        Span<float> seen = scores[..(last - first + 1)];
        for (int other = first; other <= last; other++)
        {
            ReadOnlySpan<float> position = _positions.AsSpan(((frame - other + _config.ContextRight) * _config.HiddenSize) + offset, HeadDim);
            float score = Elementwise.Dot(query, keys[other].Slice(offset, HeadDim)) + Elementwise.Dot(query, position);
            seen[other - first] = _config.LogitCap * MathF.Tanh(score / _config.LogitCap);
        }

        Softmax.Row(seen);
        Span<float> target = into.Slice(offset, HeadDim);
        target.Clear();
        for (int other = first; other <= last; other++)
        {
            Elementwise.AddScaled(target, seen[other - first], values[other].Slice(offset, HeadDim));
        }
    }

    private void ScaleQueries(Matrix queries)
    {
        for (int head = 0; head < queries.Values.Length; head += HeadDim)
        {
            Elementwise.Multiply(queries.Values.Slice(head, HeadDim), _queryScale);
        }
    }

    // headDim^-0.5 / ln 2 * softplus(scale)
    private float[] QueryScale(float[] perDimScale)
    {
        float[] scale = new float[perDimScale.Length];
        for (int at = 0; at < scale.Length; at++)
        {
            double softplus = double.Max(perDimScale[at], 0) + double.Log(1 + double.Exp(-double.Abs(perDimScale[at])));
            scale[at] = (float)(double.Pow(HeadDim, -0.5) / double.Log(2) * softplus);
        }

        return scale;
    }

    // W · (sin(p i_0) .. sin(p i_last), cos(p i_0) .. cos(p i_last)) for every distance p = -right .. left
    private float[] Positions(Linear project, AudioScratch scratch)
    {
        int hidden = _config.HiddenSize, half = hidden / 2, count = Left + _config.ContextRight + 1;
        float[] waves = new float[count * hidden];
        double step = double.Log(LongestTimescale) / int.Max(half - 1, 1);
        for (int row = 0; row < count; row++)
        {
            int distance = row - _config.ContextRight;
            for (int at = 0; at < half; at++)
            {
                double angle = distance * double.Exp(-at * step);
                waves[(row * hidden) + at] = (float)double.Sin(angle);
                waves[(row * hidden) + half + at] = (float)double.Cos(angle);
            }
        }

        float[] projected = new float[waves.Length];
        project.Forward(new Matrix(waves, count, hidden), new Matrix(projected, count, hidden), scratch.Team);
        return projected;
    }
}
