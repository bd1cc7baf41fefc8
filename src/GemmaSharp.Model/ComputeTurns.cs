using System.Diagnostics;

namespace GemmaSharp.Model;

/// <summary>
/// Who computes: passes and encodings take turns in the order they came. An encoding, which is long, lets those that wait go first between two of its
/// steps, once it has had its share of time.
/// </summary>
/// <param name="share">How long an encoding goes on while others wait.</param>
internal sealed class ComputeTurns(TimeSpan share)
{
    private readonly object _gate = new();
    private long _tickets;
    private long _turn;
    private long _started;
    private long _worked = Stopwatch.GetTimestamp();
    private bool _isWork;

    /// <summary>How many wait while somebody has the turn.</summary>
    public int Waiting
    {
        get
        {
            lock (_gate)
            {
                return (int)(_tickets - _turn) - 1;
            }
        }
    }

    /// <summary>For how long nobody has worked.</summary>
    public TimeSpan Idle
    {
        get
        {
            lock (_gate)
            {
                return _tickets > _turn ? TimeSpan.Zero : Stopwatch.GetElapsedTime(_worked);
            }
        }
    }

    /// <summary>Waits for the turn; disposing what is given ends it.</summary>
    /// <param name="isWork">Whether it counts as work, after which nobody has been idle.</param>
    public Turn Enter(bool isWork = true)
    {
        lock (_gate)
        {
            long ticket = _tickets++;
            while (ticket != _turn)
            {
                Monitor.Wait(_gate);
            }

            _started = Stopwatch.GetTimestamp();
            _isWork = isWork;
            return new Turn(this);
        }
    }

    /// <summary>Gives the turn to whoever waits longest.</summary>
    public void Leave()
    {
        lock (_gate)
        {
            _turn++;
            _worked = _isWork ? Stopwatch.GetTimestamp() : _worked;
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Whose turn it is lets all go first that wait, if some do and the share is over.</summary>
    public void Pause()
    {
        if (Waiting > 0 && Stopwatch.GetElapsedTime(_started) >= share)
        {
            Leave();
            Enter();
        }
    }

    /// <summary>A turn that was waited for.</summary>
    public readonly ref struct Turn(ComputeTurns turns)
    {
        /// <summary>Gives it to whoever waits longest.</summary>
        public void Dispose() => turns.Leave();
    }
}
