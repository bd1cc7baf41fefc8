namespace GemmaSharp.Server;

/// <summary>The model's engine, which stays until this is disposed.</summary>
internal sealed class ModelHold(GemmaEngine engine, Action leave) : IDisposable
{
    private int _left;

    public GemmaEngine Engine => engine;

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _left, 1) == 0)
        {
            leave();
        }
    }
}
