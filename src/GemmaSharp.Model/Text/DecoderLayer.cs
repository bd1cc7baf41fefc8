using GemmaSharp.Kernels.Ops;
using GemmaSharp.Kernels.Tensors;
using GemmaSharp.Model.Config;
using GemmaSharp.Model.Layers;
using GemmaSharp.Weights;

namespace GemmaSharp.Model.Text;

/// <summary>One decoder layer: AltUp predict, attention beside LAuReL, feed-forward, AltUp correct, per-layer input.</summary>
internal sealed class DecoderLayer(
    AltUp altUp, Laurel laurel, Attention attention, FeedForward feedForward, PerLayerGate perLayerGate, LayerNorms norms) : IDisposable
{
    public static DecoderLayer Load(WeightScope weights, TextConfig config, int layer, Rope rope) => new(
        AltUp.Load(weights.Child("altup"), config),
        Laurel.Load(weights.Child("laurel"), config),
        Attention.Load(weights.Child("self_attn"), config, layer, rope),
        FeedForward.Load(weights.Child("mlp"), config, layer),
        PerLayerGate.Load(weights, config, layer),
        LayerNorms.Load(weights, config, layer));

    /// <summary>The layer with the first <paramref name="width"/> channels of its feed-forward, over the same weights.</summary>
    public DecoderLayer Narrow(int width) => new(altUp, laurel, attention, feedForward.Narrow(width), perLayerGate, norms);

    /// <summary>Advances the AltUp streams by one layer, in place.</summary>
    /// <param name="streams">[streams, tokens, hidden]</param>
    /// <param name="perLayerInput">[tokens, hiddenPerLayer], this layer's part.</param>
    /// <param name="pass">Positions, caches, scratch and threads of the running pass.</param>
    public void Forward(Streams streams, Matrix perLayerInput, in ForwardPass pass)
    {
        TextScratch s = pass.Scratch;

        altUp.Predict(streams, pass);
        Matrix active = streams[altUp.ActiveIndex];
        pass.Tap?.Invoke($"predictions.{norms.Layer}", [streams.Count, streams.Tokens, streams.HiddenSize], streams.Values);

        norms.Input.Forward(active, into: s.Normed, pass.Team);
        pass.Observe("attn_normed_in", norms.Layer, s.Normed);
        SharedProduct inputs = new(s.Normed, pass.Team);
        laurel.AddTo(ref inputs, pass);
        attention.AddTo(ref inputs, pass);
        inputs.Run();
        laurel.Forward(s.Normed, into: s.Laurel, pass);
        pass.Observe("laurel_out", norms.Layer, s.Laurel);
        attention.Forward(into: s.Attended, pass);
        pass.Observe("attn_out", norms.Layer, s.Attended);
        norms.PostAttention.Forward(s.Attended, into: s.Mixed, pass.Team);
        pass.Observe("attn_post_norm", norms.Layer, s.Mixed);

        Residual.Join(s.Mixed, active, s.Laurel, pass.Team);
        pass.Observe("attn_laurel", norms.Layer, s.Mixed);

        norms.PreFeedForward.Forward(s.Mixed, into: s.Normed, pass.Team);
        feedForward.Forward(s.Normed, into: s.FeedForward, pass);
        pass.Observe("mlp_out", norms.Layer, s.FeedForward);
        norms.PostFeedForward.AddTo(s.Mixed, s.FeedForward, into: s.Mixed, pass.Team);

        altUp.Correct(streams, activated: s.Mixed, scaled: s.Normed, pass);

        perLayerGate.Forward(s.Normed, perLayerInput, into: s.Side, pass);
        pass.Observe("side", norms.Layer, s.Side);
        AltUp.AddToSideStreams(streams, s.Side, pass.Team);
    }

    public void Dispose()
    {
        laurel.Dispose();
        attention.Dispose();
        feedForward.Dispose();
        perLayerGate.Dispose();
    }
}

/// <summary>The four norms of a layer's main branch.</summary>
internal sealed record LayerNorms(RmsNorm Input, RmsNorm PostAttention, RmsNorm PreFeedForward, RmsNorm PostFeedForward, int Layer)
{
    public static LayerNorms Load(WeightScope weights, TextConfig config, int layer)
    {
        return new LayerNorms(
            Norm("input_layernorm"), Norm("post_attention_layernorm"), Norm("pre_feedforward_layernorm"), Norm("post_feedforward_layernorm"), layer);

        RmsNorm Norm(string name) => RmsNorm.Load(weights, name, config.HiddenSize, config.RmsNormEpsilon);
    }
}
