using GemmaSharp.Kernels.Ops;
using GemmaSharp.Kernels.Tensors;
using GemmaSharp.Kernels.Threading;
using GemmaSharp.Model.Layers;
using GemmaSharp.Weights;

namespace GemmaSharp.Model.Multimodal;

/// <summary>A tower's rows, or the ids of its vocabulary range, brought into the decoder's space: norm, projection, norm.</summary>
internal sealed class ModalityEmbedder : IDisposable
{
    private readonly float[] _table; // [vocab, tower]
    private readonly RmsNorm _hardNorm;
    private readonly RmsNorm _softNorm;
    private readonly RmsNorm _postNorm;
    private readonly Linear _projection;
    private readonly ThreadTeam _team;
    private readonly Dictionary<int, float[]> _hard = [];

    private ModalityEmbedder(WeightScope weights, int vocabSize, int towerSize, int hiddenSize, float epsilon, ThreadTeam team)
    {
        _team = team;
        TowerSize = towerSize;
        HiddenSize = hiddenSize;
        _table = weights.Child("embedding").Tensor("weight", vocabSize, towerSize);
        _hardNorm = RmsNorm.Load(weights, "hard_embedding_norm", towerSize, epsilon);
        _softNorm = RmsNorm.Load(weights, "soft_embedding_norm", towerSize, epsilon);
        _postNorm = RmsNorm.Unweighted(epsilon);
        _projection = new Linear(weights.Child("embedding_projection").Matrix("weight", hiddenSize, towerSize));

        // Older releases store the constant ones of this norm.
        weights.Child("embedding_post_projection_norm").Ignore("weight");
    }

    /// <summary>Width of the tower's rows.</summary>
    public int TowerSize { get; }

    /// <summary>Width of the decoder's rows.</summary>
    public int HiddenSize { get; }

    public static ModalityEmbedder Load(WeightScope weights, int vocabSize, int towerSize, int hiddenSize, float epsilon, ThreadTeam team) =>
        new(weights, vocabSize, towerSize, hiddenSize, epsilon, team);

    /// <summary>Rows of a tower [n, tower] to [n, hidden]; the scale goes in before the first norm and shows only through its epsilon.</summary>
    public void Soft(Matrix features, Matrix into, float scale, ThreadTeam team)
    {
        Matrix scaled = new(features.Values.ToArray(), features.RowCount, features.ColumnCount);
        Elementwise.Scale(scaled.Values, scale, scaled.Values);
        _softNorm.Forward(scaled, scaled);
        _projection.Forward(scaled, into, team);
        _postNorm.Forward(into, into);
    }

    /// <summary>An id of the range, counted from its offset, as a row [hidden]; computed once.</summary>
    public void Hard(int index, Span<float> into)
    {
        if (!_hard.TryGetValue(index, out float[]? row))
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((index + 1) * TowerSize - 1, _table.Length, nameof(index));
            row = new float[into.Length];
            Matrix normed = new(_table.AsSpan(index * TowerSize, TowerSize).ToArray(), 1, TowerSize), hidden = new(row, 1, row.Length);
            _hardNorm.Forward(normed, normed);
            _projection.Forward(normed, hidden, _team);
            _postNorm.Forward(hidden, hidden);
            _hard.Add(index, row);
        }

        row.CopyTo(into);
    }

    public void Dispose() => _projection.Dispose();
}
