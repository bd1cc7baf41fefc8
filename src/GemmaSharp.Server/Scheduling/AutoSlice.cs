using GemmaSharp.Loading;
using GemmaSharp.Server.Requests;

namespace GemmaSharp.Server.Scheduling;

/// <summary>The slice that answers a request which names none: a smaller one while many wait, the whole again when the queue is empty.</summary>
/// <param name="places">Answers computed at the same time.</param>
internal sealed class AutoSlice(int places)
{
    private const int MostRungs = 4;
    private readonly Lock _gate = new();
    private IReadOnlyList<string>? _rungs;
    private int _rung;

    /// <summary>The request with the slice that the load asks for.</summary>
    /// <param name="request">It has its place.</param>
    /// <param name="engine">The model.</param>
    /// <param name="scheduler">Tells the load.</param>
    public AnswerRequest Choose(AnswerRequest request, GemmaEngine engine, Scheduler scheduler)
    {
        if (request.Options.Slice is not null)
        {
            return request;
        }

        lock (_gate)
        {
            _rungs ??= SliceLadder.Of(engine, MostRungs);
            _rung = Next(_rung, _rungs.Count, scheduler.Waiting, scheduler.Running - 1, places);
            return request with { Options = request.Options with { Slice = _rungs[_rung] } };
        }
    }

    /// <summary>
    /// The rung after this one: one down where at least as many wait as compute at a time, one up where nobody waits and no more than half of the places
    /// are taken by others, else the same. Between the two lies room, so that a load that swings a little does not swing the slice.
    /// </summary>
    /// <param name="rung">0 is the whole model.</param>
    /// <param name="rungs">How many there are.</param>
    /// <param name="waiting">Requests in the queue.</param>
    /// <param name="others">Other answers that are computed.</param>
    /// <param name="places">Answers computed at the same time.</param>
    internal static int Next(int rung, int rungs, int waiting, int others, int places) =>
        waiting >= places ? int.Min(rung + 1, rungs - 1)
        : waiting == 0 && others * 2 <= places ? int.Max(rung - 1, 0)
        : rung;
}
