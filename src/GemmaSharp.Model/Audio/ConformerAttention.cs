using GemmaSharp.Kernels.Ops;
using GemmaSharp.Kernels.Tensors;
using GemmaSharp.Model.Config;
using GemmaSharp.Model.Layers;
using GemmaSharp.Weights;

namespace GemmaSharp.Model.Audio;

/// <summary>Local attention with relative positions and a soft cap, in closed form (audio.md 5.1): every frame sees a fixed span of frames.</summary>
internal sealed class ConformerAttention : IEncoderPart
{
    private const double LongestTimescale = 10000;
    private readonly AudioConfig _config;
    private readonly AudioNorm _preNorm;
    private readonly AudioNorm _postNorm;
    private readonly EncoderLinear _query;
    private readonly EncoderLinear _key;
    private readonly EncoderLinear _value;
    private readonly EncoderLinear _post;
    private readonly float[] _queryScale; // [headDim]
    private readonly EncoderLinear _project;
    private float[]? _positions; // [left + right + 1, hidden], distance -right first; made when first needed

    private ConformerAttention(WeightScope weights, AudioConfig config)
    {
        int hidden = config.HiddenSize;
        WeightScope inner = weights.Child("attn");
        _config = config;
        _preNorm = AudioNorm.Load(weights, "pre_attn_norm", hidden, AudioPassConfig.BlockNormEpsilon, config.GradientClipping);
        _postNorm = AudioNorm.Load(weights, "post_norm", hidden, AudioPassConfig.BlockNormEpsilon, config.GradientClipping);
        _query = Square(inner.Child("q_proj"));
        _key = Square(inner.Child("k_proj"));
        _value = Square(inner.Child("v_proj"));
        _post = Square(weights.Child("post"));
        _queryScale = QueryScale(inner.Vector("per_dim_scale", HeadDim));
        _project = Square(inner.Child("relative_position_embedding").Child("pos_proj"));

        EncoderLinear Square(WeightScope scope) => EncoderLinear.Load(scope, hidden, hidden);
    }

    private int HeadDim => _config.HiddenSize / _config.HeadCount;

    // context_left counts the frame itself
    private int Left => _config.ContextLeft - 1;

    public static ConformerAttention Load(WeightScope weights, AudioConfig config) => new(weights, config);

    /// <summary>x [frames, hidden], in place: x + norm(clip(post · attention(norm(clip(x))))).</summary>
    public void Forward(Matrix x, string name, AudioScratch scratch)
    {
        Matrix normed = scratch.First(x.RowCount, x.ColumnCount), queries = scratch.Second(x.RowCount, x.ColumnCount);
        Matrix keys = scratch.Third(x.RowCount, x.ColumnCount), values = scratch.Fourth(x.RowCount, x.ColumnCount);
        _positions ??= Positions(scratch);
        _preNorm.Forward(x, normed, scratch);
        _query.Forward(normed, queries, scratch.Team);
        _key.Forward(normed, keys, scratch.Team);
        _value.Forward(normed, values, scratch.Team);
        new LocalAttend
        {
            Queries = queries,
            Keys = keys,
            Values = values,
            Positions = new Matrix(_positions, _positions.Length / x.ColumnCount, x.ColumnCount),
            QueryScale = _queryScale,
            Left = Left,
            Right = _config.ContextRight,
            Cap = _config.LogitCap,
            Into = normed,
        }.Run(scratch.Team);
        scratch.Tap?.Invoke($"{name}.attn", [x.RowCount, _config.HeadCount, HeadDim], normed.Values);
        _post.Forward(normed, queries, scratch.Team);
        _postNorm.Add(queries, 1f, x, scratch);
        scratch.Observe(name, x);
    }

    public void Visit(Action<IHeldWeights> visit)
    {
        _query.Visit(visit);
        _key.Visit(visit);
        _value.Visit(visit);
        _post.Visit(visit);
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
    private float[] Positions(AudioScratch scratch)
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
        _project.Forward(new Matrix(waves, count, hidden), new Matrix(projected, count, hidden), scratch.Team);
        _project.Visit(weights => weights.Release());
        return projected;
    }
}
