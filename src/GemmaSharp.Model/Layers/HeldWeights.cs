namespace GemmaSharp.Model.Layers;

/// <summary>
/// Weights of an encoder, checked when the model is loaded and read when they are first used: their memory can be given back, and the next use
/// reads them again. Passes that use them run one at a time.
/// </summary>
internal sealed class HeldWeights<T>(Func<T> load, Func<T, long> bytes) : IHeldWeights
    where T : class, IDisposable
{
    private T? _held;

    public long Bytes => _held is null ? 0 : bytes(_held);

    public T Take() => _held ??= load();

    public void Prepare() => Take();

    public void Release()
    {
        _held?.Dispose();
        _held = null;
    }
}

/// <summary>What an encoder's policy needs of its weights.</summary>
internal interface IHeldWeights
{
    /// <summary>Bytes of memory held now.</summary>
    long Bytes { get; }

    /// <summary>Reads them if they are not there.</summary>
    void Prepare();

    /// <summary>Gives their memory back.</summary>
    void Release();
}

/// <summary>A part of an encoder.</summary>
internal interface IEncoderPart
{
    /// <summary>Shows all weights of the part.</summary>
    void Visit(Action<IHeldWeights> visit);
}
