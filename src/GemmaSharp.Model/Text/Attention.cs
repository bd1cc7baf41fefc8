using GemmaSharp.Kernels.KeyValues;
using GemmaSharp.Kernels.Ops;
using GemmaSharp.Kernels.Tensors;
using GemmaSharp.Model.Config;
using GemmaSharp.Model.Layers;
using GemmaSharp.Weights;

namespace GemmaSharp.Model.Text;

/// <summary>Grouped-query attention with norms on queries, keys and values; the last layers read the cache of an earlier one.</summary>
internal sealed class Attention : IDisposable
{
    private readonly int _layer;
    private readonly int _headDim;
    private readonly Rope _rope;
    private readonly Linear _query;
    private readonly Linear? _key;
    private readonly Linear? _value;
    private readonly Linear _output;
    private readonly RmsNorm _queryNorm;
    private readonly RmsNorm? _keyNorm;
    private readonly RmsNorm _valueNorm;

    private Attention(WeightScope weights, TextConfig config, int layer, Rope rope)
    {
        int queryWidth = config.HeadCount * config.HeadDim, keyWidth = config.KeyValueHeadCount * config.HeadDim;
        _layer = layer;
        _headDim = config.HeadDim;
        _rope = rope;
        _query = new Linear(weights.Child("q_proj").Matrix("weight", queryWidth, config.HiddenSize));
        _output = new Linear(weights.Child("o_proj").Matrix("weight", config.HiddenSize, queryWidth));
        _queryNorm = RmsNorm.Load(weights, "q_norm", config.HeadDim, config.RmsNormEpsilon);
        _valueNorm = RmsNorm.Unweighted(config.RmsNormEpsilon);
        if (layer < config.FirstSharedLayer)
        {
            _key = new Linear(weights.Child("k_proj").Matrix("weight", keyWidth, config.HiddenSize));
            _value = new Linear(weights.Child("v_proj").Matrix("weight", keyWidth, config.HiddenSize));
            _keyNorm = RmsNorm.Load(weights, "k_norm", config.HeadDim, config.RmsNormEpsilon);
        }
        else
        {
            // Published checkpoints carry these for sharing layers too; the network never uses them.
            weights.Ignore("k_proj.weight");
            weights.Ignore("v_proj.weight");
            weights.Ignore("k_norm.weight");
        }
    }

    public static Attention Load(WeightScope weights, TextConfig config, int layer, Rope rope) => new(weights, config, layer, rope);

    /// <summary>Adds the projections of [tokens, hidden] rows to queries, keys and values.</summary>
    public void AddTo(ref SharedProduct product, in ForwardPass pass)
    {
        TextScratch s = pass.Scratch;
        _query.AddTo(ref product, s.Queries);
        _key?.AddTo(ref product, s.Keys);
        _value?.AddTo(ref product, s.Values);
    }

    /// <summary>From the projections to into, [tokens, hidden].</summary>
    public void Forward(Matrix into, in ForwardPass pass)
    {
        TextScratch s = pass.Scratch;
        _queryNorm.ForwardHeads(s.Queries, _headDim, pass.Team);
        _rope.Rotate(s.Queries, pass.Rows.Positions, pass.Team);
        pass.ObserveHeads("q", _layer, s.Queries, _headDim);
        if (_key is not null)
        {
            Remember(pass);
        }

        ObserveCache(pass);
        AttendSegments attend = new(s.Queries, s.Context, pass.Rows.Segments[0].Cache.ForLayer(_layer).Window, pass.Rows.ForLayer(_layer));
        attend.Run(pass.Team, s.AttentionParts(attend.RoomLength));
        pass.Observe("attn_context", _layer, s.Context);
        _output.Forward(s.Context, into, pass.Team);
    }

    public void Dispose()
    {
        _query.Dispose();
        _key?.Dispose();
        _value?.Dispose();
        _output.Dispose();
    }

    private void Remember(in ForwardPass pass)
    {
        TextScratch s = pass.Scratch;
        _keyNorm?.ForwardHeads(s.Keys, _headDim, pass.Team);
        _rope.Rotate(s.Keys, pass.Rows.Positions, pass.Team);
        _valueNorm.ForwardHeads(s.Values, _headDim, pass.Team);
        foreach (Segment one in pass.Rows.Segments)
        {
            one.Cache.ForLayer(_layer).Append(s.Keys.Rows(one.Row, one.Count), s.Values.Rows(one.Row, one.Count));
        }
    }

    // A sharing layer sees its donor's.
    private void ObserveCache(in ForwardPass pass)
    {
        if (pass.Tap is null)
        {
            return;
        }

        foreach (Segment one in pass.Rows.Segments)
        {
            KeyValueStore store = one.Cache.ForLayer(_layer).Store;
            int width = store.KeyHeads * store.HeadDim;
            Matrix keys = new(new float[one.Count * width], one.Count, width), values = new(new float[one.Count * width], one.Count, width);
            store.Read(one.Position, keys, values);
            pass.ObserveHeads("k", _layer, keys, _headDim);
            pass.ObserveHeads("v", _layer, values, _headDim);
        }
    }
}
