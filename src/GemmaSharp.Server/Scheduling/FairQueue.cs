namespace GemmaSharp.Server.Scheduling;

/// <summary>Who waits: those who ask take turns, and what one asked comes in the order it was asked in. For one thread at a time.</summary>
internal sealed class FairQueue
{
    private readonly Dictionary<Asker, LinkedList<TaskCompletionSource>> _waiting = [];
    private readonly LinkedList<Asker> _turns = []; // whose turn comes next first

    /// <summary>All that wait.</summary>
    public int Count { get; private set; }

    /// <summary>Comes behind its asker's others; a new asker's turn comes last.</summary>
    public void Add(Asker asker, TaskCompletionSource one)
    {
        if (!_waiting.TryGetValue(asker, out LinkedList<TaskCompletionSource>? own))
        {
            _waiting.Add(asker, own = []);
            _turns.AddLast(asker);
        }

        own.AddLast(one);
        Count++;
    }

    /// <summary>Whose turn it is; null when nobody waits.</summary>
    public TaskCompletionSource? Take()
    {
        if (_turns.First is not LinkedListNode<Asker> turn)
        {
            return null;
        }

        TaskCompletionSource next = _waiting[turn.Value].First!.Value;
        Remove(turn.Value, next);
        if (turn.List is not null)
        {
            _turns.Remove(turn);
            _turns.AddLast(turn);
        }

        return next;
    }

    /// <summary>Takes the newest of whoever has most waiting out, to make room for an asker that would still have no more; null where nobody has so many.</summary>
    public TaskCompletionSource? MakeRoom(Asker asker)
    {
        if (Count == 0)
        {
            return null;
        }

        Asker most = _turns.MaxBy(one => _waiting[one].Count);
        int own = _waiting.TryGetValue(asker, out LinkedList<TaskCompletionSource>? mine) ? mine.Count : 0;
        if (_waiting[most].Count < own + 2)
        {
            return null;
        }

        TaskCompletionSource newest = _waiting[most].Last!.Value;
        Remove(most, newest);
        return newest;
    }

    /// <summary>Leaves; false when it does not wait any more.</summary>
    public bool Remove(Asker asker, TaskCompletionSource one)
    {
        if (!_waiting.TryGetValue(asker, out LinkedList<TaskCompletionSource>? own) || !own.Remove(one))
        {
            return false;
        }

        Count--;
        if (own.Count == 0)
        {
            _waiting.Remove(asker);
            _turns.Remove(asker);
        }

        return true;
    }
}
