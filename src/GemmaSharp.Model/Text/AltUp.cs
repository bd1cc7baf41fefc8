using GemmaSharp.Kernels.Ops;
using GemmaSharp.Kernels.Tensors;
using GemmaSharp.Kernels.Threading;
using GemmaSharp.Model.Config;
using GemmaSharp.Weights;

namespace GemmaSharp.Model.Text;

/// <summary>Alternating updates: the streams are predicted from one another, then corrected by what the layer did to the active one.</summary>
internal sealed class AltUp
{
    private const long ValueCost = 8;
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

    /// <summary>In place, p[j] = h[j] + sum over i of c[j, i] h[i], with c = prediction · router(h[active]).</summary>
    public void Predict(Streams streams, in ForwardPass pass) =>
        pass.Team.RunRows(new PredictRow(this, streams, pass.Scratch.Normed), streams.Tokens, ValueCost * streams.Count * streams.HiddenSize);

    /// <summary>In place, q[j] = p[j] + (correction · router(v) + 1)[j] (v - p[active]), v being the layer's output.</summary>
    /// <param name="streams">p, then q.</param>
    /// <param name="activated">v, [tokens, hidden].</param>
    /// <param name="scaled">The corrected active stream times correct_output_scale, [tokens, hidden]; the stream itself stays unscaled.</param>
    /// <param name="pass">The running pass.</param>
    public void Correct(Streams streams, Matrix activated, Matrix scaled, in ForwardPass pass) =>
        pass.Team.RunRows(new CorrectRow(this, streams, activated, scaled), streams.Tokens, ValueCost * streams.Count * streams.HiddenSize);

    /// <summary>Adds the per-layer branch to streams 1.., whatever the active index is, as the reference does.</summary>
    public static void AddToSideStreams(Streams streams, Matrix side, ThreadTeam team) =>
        team.RunRows(new AddSideRow(streams, side), streams.Tokens, ValueCost * streams.Count * streams.HiddenSize);

    // coefficients = matrix · tanh(modality_router · (rms(x) / hidden)); room is [hidden].
    private void Route(ReadOnlySpan<float> x, float[] matrix, Span<float> room, Span<float> coefficients)
    {
        RmsNormalize.Row(x, _routerNorm, _epsilon, room);
        Elementwise.Scale(room, 1f / x.Length, room);
        Span<float> router = stackalloc float[_count];
        Elementwise.Dots(_router, room, router);
        for (int stream = 0; stream < _count; stream++)
        {
            router[stream] = MathF.Tanh(router[stream]);
        }

        Elementwise.Dots(matrix, router, coefficients);
    }

    private readonly ref struct PredictRow(AltUp altUp, Streams streams, Matrix room) : IRowWork
    {
        private readonly Streams _streams = streams;
        private readonly Matrix _room = room;

        public void Run(int token)
        {
            Span<float> coefficients = stackalloc float[altUp._count * altUp._count];
            altUp.Route(_streams[altUp.ActiveIndex][token], altUp._prediction, _room[token], coefficients);
            StreamMix.AddMixed(_streams.From(token), _streams.Stride, _streams.HiddenSize, coefficients);
        }
    }

    private readonly ref struct CorrectRow(AltUp altUp, Streams streams, Matrix activated, Matrix scaled) : IRowWork
    {
        private readonly Streams _streams = streams;
        private readonly Matrix _activated = activated, _scaled = scaled;

        public void Run(int token)
        {
            Span<float> coefficients = stackalloc float[altUp._count], scaledRow = _scaled[token];
            altUp.Route(_activated[token], altUp._correction, scaledRow, coefficients);
            for (int stream = 0; stream < coefficients.Length; stream++)
            {
                coefficients[stream] += 1f;
            }

            StreamMix.AddInnovation(_streams.From(token), _streams.Stride, _activated[token], altUp.ActiveIndex, coefficients);
            ReadOnlySpan<float> corrected = _streams[altUp.ActiveIndex][token];
            if (altUp._outputScale.Length > 0)
            {
                Elementwise.Product(corrected, altUp._outputScale, scaledRow);
            }
            else
            {
                corrected.CopyTo(scaledRow);
            }
        }
    }

    private readonly ref struct AddSideRow(Streams streams, Matrix side) : IRowWork
    {
        private readonly Streams _streams = streams;
        private readonly Matrix _side = side;

        public void Run(int token)
        {
            for (int stream = 1; stream < _streams.Count; stream++)
            {
                Elementwise.Add(_streams[stream][token], _side[token]);
            }
        }
    }
}
