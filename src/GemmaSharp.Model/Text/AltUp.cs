using GemmaSharp.Kernels.Ops;
using GemmaSharp.Kernels.Tensors;
using GemmaSharp.Model.Config;
using GemmaSharp.Weights;

namespace GemmaSharp.Model.Text;

/// <summary>Alternating updates: the streams are predicted from one another, then corrected by what the layer did to the active one.</summary>
internal sealed class AltUp
{
    private readonly float[] _router; // [streams, hidden]
    private readonly float[] _routerNorm; // [hidden]
    private readonly float[] _prediction; // [streams * streams, streams]
    private readonly float[] _correction; // [streams, streams]
    private readonly float[] _outputScale; // [hidden], empty when the config turns it off
    private readonly float _epsilon;
    private readonly int _count;

    private AltUp(WeightScope weights, TextConfig config)
    {
        _count = config.AltUpInputCount;
        _epsilon = config.RmsNormEpsilon;
        ActiveIndex = config.AltUpActiveIndex;
        _router = weights.Child("modality_router").Tensor("weight", _count, config.HiddenSize);
        _routerNorm = weights.Child("router_norm").Vector("weight", config.HiddenSize);
        _prediction = weights.Child("prediction_coefs").Tensor("weight", _count * _count, _count);
        _correction = weights.Child("correction_coefs").Tensor("weight", _count, _count);
        _outputScale = config.AltUpCorrectScale ? weights.Vector("correct_output_scale", config.HiddenSize) : [];
        if (!config.AltUpCorrectScale)
        {
            weights.Ignore("correct_output_scale");
        }
    }

    /// <summary>The stream a layer works on.</summary>
    public int ActiveIndex { get; }

    public static AltUp Load(WeightScope weights, TextConfig config) => new(weights, config);

    /// <summary>p[j] = h[j] + sum over i of c[j, i] h[i], with c = prediction · router(h[active]).</summary>
    public void Predict(Streams streams, Streams into, in ForwardPass pass)
    {
        Matrix router = Route(streams[ActiveIndex], pass.Scratch);
        Span<float> coefficients = stackalloc float[_count * _count];
        for (int token = 0; token < streams.Tokens; token++)
        {
            Apply(_prediction, router[token], coefficients);
            for (int stream = 0; stream < _count; stream++)
            {
                Span<float> target = into[stream][token];
                target.Clear();
                for (int from = 0; from < _count; from++)
                {
                    Elementwise.AddScaled(target, coefficients[(stream * _count) + from], streams[from][token]);
                }

                Elementwise.Add(target, streams[stream][token]);
            }
        }
    }

    /// <summary>q[j] = p[j] + (correction · router(v) + 1)[j] (v - p[active]), v being the layer's output.</summary>
    public void Correct(Streams predicted, Matrix activated, Streams into, in ForwardPass pass)
    {
        Matrix router = Route(activated, pass.Scratch);
        Span<float> coefficients = stackalloc float[_count];
        Span<float> innovation = pass.Scratch.RouterNormed;
        for (int token = 0; token < activated.RowCount; token++)
        {
            Apply(_correction, router[token], coefficients);
            activated[token].CopyTo(innovation);
            Elementwise.AddScaled(innovation, -1f, predicted[ActiveIndex][token]);
            for (int stream = 0; stream < _count; stream++)
            {
                Span<float> target = into[stream][token];
                predicted[stream][token].CopyTo(target);
                Elementwise.AddScaled(target, coefficients[stream] + 1f, innovation);
            }
        }
    }

    /// <summary>into = the corrected active stream times correct_output_scale; the stream itself stays unscaled.</summary>
    public void ScaleCorrected(Matrix corrected, Matrix into)
    {
        corrected.CopyTo(into);
        for (int token = 0; _outputScale.Length > 0 && token < into.RowCount; token++)
        {
            Elementwise.Multiply(into[token], _outputScale);
        }
    }

    /// <summary>Adds the per-layer branch to streams 1.., whatever the active index is, as the reference does.</summary>
    public static void AddToSideStreams(Streams streams, Matrix side)
    {
        for (int stream = 1; stream < streams.Count; stream++)
        {
            Elementwise.Add(streams[stream].Values, side.Values);
        }
    }

    // tanh(modality_router · (rms(x) / hidden)), [tokens, streams]
    private Matrix Route(Matrix x, TextScratch scratch)
    {
        Matrix router = scratch.Router;
        Span<float> normed = scratch.RouterNormed;
        for (int token = 0; token < x.RowCount; token++)
        {
            RmsNormalize.Row(x[token], _routerNorm, _epsilon, normed);
            Elementwise.Scale(normed, 1f / x.ColumnCount, normed);
            for (int stream = 0; stream < _count; stream++)
            {
                router[token][stream] = MathF.Tanh(Elementwise.Dot(_router.AsSpan(stream * x.ColumnCount, x.ColumnCount), normed));
            }
        }

        return router;
    }

    private void Apply(float[] matrix, ReadOnlySpan<float> x, Span<float> into)
    {
        for (int row = 0; row < into.Length; row++)
        {
            into[row] = Elementwise.Dot(matrix.AsSpan(row * _count, _count), x);
        }
    }
}
