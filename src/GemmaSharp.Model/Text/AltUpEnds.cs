using GemmaSharp.Kernels.Ops;
using GemmaSharp.Kernels.Tensors;
using GemmaSharp.Kernels.Threading;
using GemmaSharp.Model.Config;
using GemmaSharp.Model.Layers;
using GemmaSharp.Weights;

namespace GemmaSharp.Model.Text;

/// <summary>Where the AltUp streams begin and end: the input widened to all streams, the streams averaged to one.</summary>
internal sealed class AltUpEnds : IDisposable
{
    // The reference floors the mean square here (text.md 5.6).
    private const float MeanSquareFloor = 1e-5f;
    private const long ValueCost = 8;
    private readonly Linear[] _projections;
    private readonly Linear[] _unembeddings;

    private AltUpEnds(Linear[] projections, Linear[] unembeddings)
    {
        _projections = projections;
        _unembeddings = unembeddings;
    }

    public static AltUpEnds Load(WeightScope weights, TextConfig config) =>
        new(Squares(weights.Child("altup_projections"), config), Squares(weights.Child("altup_unembed_projections"), config));

    /// <summary>Stream 0 is the input; the others are projections of it, brought to its magnitude.</summary>
    public void Widen(Matrix inputs, Streams into, in ForwardPass pass)
    {
        inputs.CopyTo(into[0]);
        SharedProduct products = new(inputs, pass.Team);
        for (int stream = 1; stream < into.Count; stream++)
        {
            _projections[stream - 1].AddTo(ref products, into[stream]);
        }

        products.Run();
        for (int stream = 1; stream < into.Count; stream++)
        {
            pass.Team.RunRows(new MatchMagnitudeRow(into[stream], inputs), inputs.RowCount, ValueCost * inputs.ColumnCount);
        }
    }

    /// <summary>The mean of all streams, streams 1.. projected and brought to the magnitude of stream 0.</summary>
    public void Merge(Streams streams, Matrix into, in ForwardPass pass)
    {
        streams[0].CopyTo(into);
        Matrix projected = pass.Scratch.Normed;
        for (int stream = 1; stream < streams.Count; stream++)
        {
            _unembeddings[stream - 1].Forward(streams[stream], projected, pass.Team);
            pass.Team.RunRows(new MatchMagnitudeRow(projected, streams[0]), projected.RowCount, ValueCost * projected.ColumnCount);
            Elementwise.Add(into.Values, projected.Values);
        }

        Elementwise.Scale(into.Values, 1f / streams.Count, into.Values);
    }

    public void Dispose()
    {
        foreach (Linear linear in (ReadOnlySpan<Linear>)[.. _projections, .. _unembeddings])
        {
            linear.Dispose();
        }
    }

    private static Linear[] Squares(WeightScope weights, TextConfig config)
    {
        Linear[] linears = new Linear[config.AltUpInputCount - 1];
        for (int index = 0; index < linears.Length; index++)
        {
            linears[index] = new Linear(weights.Child(index).Matrix("weight", config.HiddenSize, config.HiddenSize));
        }

        return linears;
    }

    private readonly ref struct MatchMagnitudeRow(Matrix rows, Matrix reference) : IRowWork
    {
        private readonly Matrix _rows = rows, _reference = reference;

        public void Run(int token)
        {
            float target = MathF.Sqrt(RmsNormalize.MeanSquare(_reference[token]));
            float own = MathF.Sqrt(float.Max(RmsNormalize.MeanSquare(_rows[token]), MeanSquareFloor));
            Elementwise.Scale(_rows[token], target / own, _rows[token]);
        }
    }
}
