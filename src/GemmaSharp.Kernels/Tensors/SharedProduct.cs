using GemmaSharp.Kernels.Threading;

namespace GemmaSharp.Kernels.Tensors;

/// <summary>
/// Products of several matrices with the same rows, up to four at a time. The rows are quantised once for all that take them so, and the pieces of all
/// products are handed out in one section of the team. Every product has the bits of <see cref="WeightMatrix.Multiply"/>.
/// </summary>
/// <param name="x">The rows, [n, columns].</param>
/// <param name="team">Who computes.</param>
public ref struct SharedProduct(Matrix x, ThreadTeam team)
{
    private readonly ThreadTeam _team = team;
    private ProductParts _parts = new(x, team.Count);

    /// <summary>Adds into[r] = W · x[r]; <paramref name="into"/> is [n, rows of the weights].</summary>
    public void Add(WeightMatrix weights, Matrix into)
    {
        if (_parts.IsFull)
        {
            _parts.Run(_team);
        }

        _parts.Add(weights, into);
    }

    /// <summary>Computes the products added.</summary>
    public void Run() => _parts.Run(_team);
}
