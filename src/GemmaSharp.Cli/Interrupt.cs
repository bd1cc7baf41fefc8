using System.Runtime.InteropServices;

namespace GemmaSharp.Cli;

/// <summary>Turns Ctrl+C, and for servers the signal to end, into a cancelled token while it lives.</summary>
internal sealed class Interrupt : IDisposable
{
    // Never disposed: a signal may be on its way when the registration ends.
    private readonly CancellationTokenSource _source = new();
    private readonly PosixSignalRegistration[] _registrations;

    /// <param name="secondEnds">Whether a second signal ends the program as it would without this.</param>
    /// <param name="also">Signals beside that of Ctrl+C.</param>
    public Interrupt(bool secondEnds, params ReadOnlySpan<PosixSignal> also)
    {
        _registrations = [.. ((PosixSignal[])[PosixSignal.SIGINT, .. also]).Select(signal => PosixSignalRegistration.Create(signal, context =>
        {
            context.Cancel = !(secondEnds && _source.IsCancellationRequested);
            _source.Cancel();
        }))];
    }

    public CancellationToken Token => _source.Token;

    public void Dispose() => Array.ForEach(_registrations, registration => registration.Dispose());
}
