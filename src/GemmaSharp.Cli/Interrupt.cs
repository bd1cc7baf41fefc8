using System.Runtime.InteropServices;

namespace GemmaSharp.Cli;

/// <summary>Turns Ctrl+C into a cancelled token while it lives.</summary>
internal sealed class Interrupt : IDisposable
{
    // Never disposed: a signal may be on its way when the registration ends.
    private readonly CancellationTokenSource _source = new();
    private readonly PosixSignalRegistration _registration;

    /// <param name="secondEnds">Whether a second Ctrl+C ends the program as it would without this.</param>
    public Interrupt(bool secondEnds) => _registration = PosixSignalRegistration.Create(PosixSignal.SIGINT, context =>
    {
        context.Cancel = !(secondEnds && _source.IsCancellationRequested);
        _source.Cancel();
    });

    public CancellationToken Token => _source.Token;

    public void Dispose() => _registration.Dispose();
}
