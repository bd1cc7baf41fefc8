using GemmaSharp.Kernels.Ops;
using GemmaSharp.Kernels.Tensors;
using GemmaSharp.Model.Config;
using GemmaSharp.Model.Layers;
using GemmaSharp.Model.MatFormer;
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

    /// <summary>All layers.</summary>
    public ModelSlice Whole { get; }

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

        Whole = new ModelSlice(null, config, [.. Enumerable.Range(0, _layers.Length)], _layers);
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

    /// <summary>The layers that a slice keeps, at its widths, over the same weights.</summary>
    /// <exception cref="InvalidDataException">A width falls inside a block of the weights' type; one line says which.</exception>
    public ModelSlice Slice(SlicePlan plan) => new(plan.Name, plan.Config, plan.KeptLayers, [.. plan.KeptLayers.Select((layer, index) => Narrow(plan, layer, index))]);

    /// <summary>Runs the tokens whose embeddings stand in Scratch.Inputs and extends the cache.</summary>
    /// <param name="ids">Ids of the pass, for the per-layer embeddings.</param>
    /// <param name="pass">Whose tokens they are, scratch and threads.</param>
    /// <param name="logits">[wanted rows, vocab]; empty: none are wanted.</param>
    public void Forward(ReadOnlySpan<int> ids, ForwardPass pass, Span<float> logits)
    {
        TextScratch s = pass.Scratch;
        _perLayerEmbedding.Forward(ids, s.Inputs, pass);
        Streams streams = s.Streams;
        _ends.Widen(s.Inputs, streams, pass);
        ModelSlice slice = pass.Slice;
        for (int index = 0; index < slice.Layers.Count; index++)
        {
            if (index == slice.Config.FirstSharedLayer && pass.Tap is null && pass.Rows.Wanted < ids.Length)
            {
                // From here on no layer adds keys or values, so only tokens whose logits are wanted go on.
                if (logits.IsEmpty)
                {
                    return;
                }

                streams = KeepWanted(streams, index, slice, s);
            }

            pass.Tap?.Invoke($"layer_in.{slice.Layers[index]}", [streams.Count, streams.Tokens, streams.HiddenSize], streams.Values);
            slice.Decoder[index].Forward(streams, PerLayerInput(index, ids.Length, s).Rows(0, s.Tokens), pass);
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

    private DecoderLayer Narrow(SlicePlan plan, int layer, int index)
    {
        int width = plan.Config.IntermediateSizes[index];
        try
        {
            return _layers[layer].Narrow(width);
        }
        catch (ArgumentException error)
        {
            throw plan.Error($"width {width} at place {index}, layer {layer} of the model: {error.Message}");
        }
    }

    // [tokens, width] of a layer that runs, of all tokens that the pass began with.
    private Matrix PerLayerInput(int index, int passTokens, TextScratch scratch)
    {
        int width = _config.HiddenSizePerLayerInput;
        Span<float> all = scratch.AllPerLayerInputs(passTokens);
        return new Matrix(all.Slice(index * passTokens * width, passTokens * width), passTokens, width);
    }

    private Streams KeepWanted(Streams streams, int from, ModelSlice slice, TextScratch scratch)
    {
        PassRows rows = scratch.Rows;
        for (int index = from; index < slice.Layers.Count; index++)
        {
            Matrix inputs = PerLayerInput(index, rows.Count, scratch);
            rows.CopyWanted(inputs, inputs.Values);
        }

        Streams kept = streams.KeepWanted(rows);
        rows.KeepWanted();
        return kept;
    }

    private void Head(Streams streams, in ForwardPass pass, Span<float> logits)
    {
        TextScratch s = pass.Scratch;
        _ends.Merge(streams, s.Mixed, pass);
        pass.Tap?.Invoke("unembed_mean", [s.Tokens, _config.HiddenSize], s.Mixed.Values);
        _norm.Forward(s.Mixed, s.Normed, pass.Team);
        pass.Tap?.Invoke("final_norm", [s.Tokens, _config.HiddenSize], s.Normed.Values);
        if (logits.IsEmpty)
        {
            return;
        }

        int rows = pass.Rows.Wanted;
        if (rows < s.Tokens)
        {
            pass.Rows.CopyWanted(s.Normed, s.Normed.Values);
        }

        (_untiedHead ?? _embedding).Forward(s.Normed.Rows(0, rows), new Matrix(logits, rows, _config.VocabSize), pass.Team);
        if (_config.FinalLogitSoftcap is float cap)
        {
            Activation.Softcap(logits, cap, pass.Team);
        }
    }
}
