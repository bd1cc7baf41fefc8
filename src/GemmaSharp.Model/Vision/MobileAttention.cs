using GemmaSharp.Kernels.Ops;
using GemmaSharp.Kernels.Tensors;
using GemmaSharp.Model.Layers;
using GemmaSharp.Weights;

namespace GemmaSharp.Model.Vision;

/// <summary>Multi-query attention over the grid: every head has its queries, all share one key and one value per position.</summary>
internal sealed class MobileAttention : IVisionBlock
{
    private readonly string _name;
    private readonly MapNorm _norm;
    private readonly Pointwise _query;
    private readonly GridSource _key;
    private readonly GridSource _value;
    private readonly Pointwise _output;
    private readonly float[] _layerScale;

    private MobileAttention(WeightScope weights, string name, int channels)
    {
        WeightScope attention = weights.Child("attn");
        _name = name;
        _norm = MapNorm.Load(weights.Child("norm"), channels, gelu: false);
        _query = Pointwise.Load(attention.Child("query").Child("proj"), channels);
        _key = GridSource.Load(attention.Child("key"), $"{name}.attn.key", channels);
        _value = GridSource.Load(attention.Child("value"), $"{name}.attn.value", channels);
        if (_query.OutputChannels % _key.OutputChannels != 0)
        {
            throw new WeightException($"{attention.Path}: {_query.OutputChannels} query channels are no multiple of {_key.OutputChannels} key channels");
        }

        if (attention.Has("key.down_conv.weight") != attention.Has("value.down_conv.weight"))
        {
            throw new WeightException($"{attention.Path}: only one of key.down_conv and value.down_conv is there, both or neither expected");
        }

        int heads = _query.OutputChannels / _key.OutputChannels;
        _output = Pointwise.Load(attention.Child("output").Child("proj"), heads * _value.OutputChannels);
        _layerScale = weights.Has("layer_scale.gamma") ? weights.Child("layer_scale").Vector("gamma", channels) : [];
        if (_output.OutputChannels != channels)
        {
            throw new WeightException($"{attention.Path}.output.proj: {channels} outputs expected, {_output.OutputChannels} found");
        }
    }

    public int OutputChannels => _output.OutputChannels;

    public static MobileAttention Load(WeightScope weights, string name, int channels) => new(weights, name, channels);

    public FeatureMap Forward(FeatureMap x, VisionPass pass)
    {
        FeatureMap normed = pass.NewMap(x.Height, x.Width, x.Channels);
        _norm.Forward(x, normed, pass);
        pass.Observe($"{_name}.norm", normed);
        FeatureMap queries = _query.Forward(normed, pass);
        pass.Observe($"{_name}.attn.query.proj", queries);
        FeatureMap keys = _key.Forward(normed, pass), values = _value.Forward(normed, pass);
        FeatureMap y = _output.Forward(Attend(queries, keys, values, pass), pass);
        pass.Observe($"{_name}.attn.output.proj", y);
        AddRows.Run(y.Pixels, _layerScale, x.Pixels, pass.Team);
        pass.Observe(_name, y);
        return y;
    }

    public void Visit(Action<IHeldWeights> visit)
    {
        _query.Visit(visit);
        _key.Visit(visit);
        _value.Visit(visit);
        _output.Visit(visit);
    }

    // With one key for all heads, heads are just more rows, [pixels * heads, depth].
    private static FeatureMap Attend(FeatureMap queries, FeatureMap keys, FeatureMap values, VisionPass pass)
    {
        int depth = keys.Channels, rows = queries.Values.Length / depth;
        FeatureMap context = pass.NewMap(queries.Height, queries.Width, queries.Channels / depth * values.Channels);
        GridAttend.Run(new Matrix(queries.Values, rows, depth), keys.Pixels, values.Pixels, new Matrix(context.Values, rows, values.Channels), pass.Team);
        return context;
    }
}
