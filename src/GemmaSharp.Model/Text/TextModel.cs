using GemmaSharp.Kernels.Ops;
using GemmaSharp.Kernels.Tensors;
using GemmaSharp.Model.Config;
using GemmaSharp.Model.Layers;
using GemmaSharp.Weights;

namespace GemmaSharp.Model.Text;

/// <summary>The text decoder: embeddings widened to AltUp streams, layers, streams merged, head, soft-cap.</summary>
internal sealed class TextModel : IDisposable
{
    private readonly TextConfig _config;
    private readonly Linear _embedding;
    private readonly Linear? _untiedHead;
    private readonly PerLayerEmbedding _perLayerEmbedding;
    private readonly AltUpEnds _ends;
    private readonly DecoderLayer[] _layers;
    private readonly RmsNorm _norm;

    private TextModel(WeightScope weights, WeightScope head, TextConfig config)
    {
        _config = config;
        _embedding = new Linear(weights.Child("embed_tokens").Matrix("weight", config.VocabSize, config.HiddenSize));
        _perLayerEmbedding = PerLayerEmbedding.Load(weights, config);
        _ends = AltUpEnds.Load(weights, config);
        Rope full = new(config.HeadDim, config.RopeTheta(LayerKind.Full)), sliding = new(config.HeadDim, config.RopeTheta(LayerKind.Sliding));
        _layers = new DecoderLayer[config.LayerCount];
        for (int layer = 0; layer < _layers.Length; layer++)
        {
            Rope rope = config.LayerKinds[layer] == LayerKind.Full ? full : sliding;
            _layers[layer] = DecoderLayer.Load(weights.Child("layers").Child(layer), config, layer, rope);
        }

        _norm = RmsNorm.Load(weights, "norm", config.HiddenSize, config.RmsNormEpsilon);
        if (!config.TieWordEmbeddings)
        {
            _untiedHead = new Linear(head.Matrix("weight", config.VocabSize, config.HiddenSize));
        }
        else
        {
            head.Ignore("weight");
        }
    }

    /// <param name="weights">At the decoder: embed_tokens, layers, norm.</param>
    /// <param name="head">At lm_head; read only when the config says that the head is not tied.</param>
    /// <param name="config">The text part of the config.</param>
    public static TextModel Load(WeightScope weights, WeightScope head, TextConfig config) => new(weights, head, config);

    /// <summary>The embedding of an id times sqrt(hidden), [hidden].</summary>
    public void Embed(int id, Span<float> into)
    {
        _embedding.ReadRow(id, into);
        Elementwise.Scale(into, (float)double.Sqrt(_config.HiddenSize), into);
    }

    /// <summary>Runs the tokens whose embeddings stand in Scratch.Inputs and extends the cache.</summary>
    /// <param name="ids">Ids of the pass, for the per-layer embeddings.</param>
    /// <param name="pass">Positions, caches, scratch and threads.</param>
    /// <param name="logits">Empty: none are wanted; [vocab]: of the last token; [tokens, vocab]: of all.</param>
    public void Forward(ReadOnlySpan<int> ids, ForwardPass pass, Span<float> logits)
    {
        TextScratch s = pass.Scratch;
        bool all = logits.Length > _config.VocabSize || pass.Tap is not null;
        _perLayerEmbedding.Forward(ids, s.Inputs, pass);
        Streams streams = s.Streams;
        _ends.Widen(s.Inputs, streams, pass);
        for (int layer = 0; layer < _layers.Length; layer++)
        {
            if (layer == _config.FirstSharedLayer && !all)
            {
                // From here on no layer adds keys or values, so only the token whose logits are wanted goes on.
                if (logits.IsEmpty)
                {
                    return;
                }

                pass = pass.At(pass.Position + ids.Length - 1);
                streams = streams.KeepLast();
                s.Tokens = 1;
            }

            pass.Tap?.Invoke($"layer_in.{layer}", [streams.Count, streams.Tokens, streams.HiddenSize], streams.Values);
            _layers[layer].Forward(streams, PerLayerInput(layer, ids.Length, s), pass);
        }

        pass.Tap?.Invoke($"layer_in.{_layers.Length}", [streams.Count, streams.Tokens, streams.HiddenSize], streams.Values);
        Head(streams, pass, logits);
    }

    public void Dispose()
    {
        _embedding.Dispose();
        _untiedHead?.Dispose();
        _perLayerEmbedding.Dispose();
        _ends.Dispose();
        foreach (DecoderLayer layer in _layers)
        {
            layer.Dispose();
        }
    }

    // The last rows of a layer's inputs: all of them, or one after the pass was cut to its last token.
    private Matrix PerLayerInput(int layer, int passTokens, TextScratch scratch)
    {
        int width = _config.HiddenSizePerLayerInput;
        Span<float> all = scratch.AllPerLayerInputs(passTokens);
        Matrix rows = new(all.Slice(layer * passTokens * width, passTokens * width), passTokens, width);
        return rows.Rows(passTokens - scratch.Tokens, scratch.Tokens);
    }

    private void Head(Streams streams, in ForwardPass pass, Span<float> logits)
    {
        TextScratch s = pass.Scratch;
        _ends.Merge(streams, s.Mixed, pass);
        pass.Tap?.Invoke("unembed_mean", [s.Tokens, _config.HiddenSize], s.Mixed.Values);
        _norm.Forward(s.Mixed, s.Normed, pass.Team);
        pass.Tap?.Invoke("final_norm", [s.Tokens, _config.HiddenSize], s.Normed.Values);
        int rows = logits.Length / _config.VocabSize;
        if (rows == 0)
        {
            return;
        }

        Matrix into = new(logits, rows, _config.VocabSize);
        (_untiedHead ?? _embedding).Forward(s.Normed.Rows(s.Tokens - rows, rows), into, pass.Team);
        if (_config.FinalLogitSoftcap is float cap)
        {
            Activation.Softcap(logits, cap, pass.Team);
        }
    }
}
