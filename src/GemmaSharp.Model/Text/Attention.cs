using GemmaSharp.Kernels.Ops;
using GemmaSharp.Kernels.Tensors;
using GemmaSharp.Model.Cache;
using GemmaSharp.Model.Config;
using GemmaSharp.Model.Layers;
using GemmaSharp.Weights;

namespace GemmaSharp.Model.Text;

/// <summary>Grouped-query attention with norms on queries, keys and values; the last layers read the cache of an earlier one.</summary>
internal sealed class Attention : IDisposable
{
    private const int ScoreLimit = 1 << 22; // scores held at once, 16 MB
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
        _queryNorm.ForwardHeads(s.Queries, _headDim);
        _rope.Rotate(s.Queries, pass.Position);
        pass.ObserveHeads("q", _layer, s.Queries, _headDim);

        LayerCache cache = pass.Cache.ForLayer(_layer);
        if (_key is not null)
        {
            Remember(cache, pass);
        }

        // A sharing layer sees its donor's.
        pass.ObserveHeads("k", _layer, cache.Keys.Rows(cache.Keys.RowCount - s.Tokens, s.Tokens), _headDim);
        pass.ObserveHeads("v", _layer, cache.Values.Rows(cache.Values.RowCount - s.Tokens, s.Tokens), _headDim);
        Attend(cache, pass);
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

    private void Remember(LayerCache cache, in ForwardPass pass)
    {
        TextScratch s = pass.Scratch;
        _keyNorm?.ForwardHeads(s.Keys, _headDim);
        _rope.Rotate(s.Keys, pass.Position);
        _valueNorm.ForwardHeads(s.Values, _headDim);
        cache.Append(s.Keys, s.Values);
    }

    private void Attend(LayerCache cache, in ForwardPass pass)
    {
        TextScratch s = pass.Scratch;
        int tokens = s.Tokens, heads = s.Queries.ColumnCount / _headDim;
        Matrix keys = cache.Keys, values = cache.Values;
        int step = int.Clamp((int)(ScoreLimit / ((long)heads * keys.RowCount)), 1, tokens);
        for (int token = 0; token < tokens; token += step)
        {
            int count = int.Min(step, tokens - token);
            new Attend
            {
                Queries = s.Queries.Rows(token, count),
                Keys = keys,
                Values = values,
                Into = s.Context.Rows(token, count),
                HeadDim = _headDim,
                QueryPosition = pass.Position + token,
                KeyPosition = cache.FirstPosition,
                Window = cache.Window,
                Scores = s.Scores(count * heads * keys.RowCount),
            }.Run(pass.Team);
        }
    }
}
