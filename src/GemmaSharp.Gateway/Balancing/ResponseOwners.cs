using GemmaSharp.Gateway.Replicas;

namespace GemmaSharp.Gateway.Balancing;

/// <summary>Which replica keeps a stored response, and which key asked for it; the oldest are forgotten first.</summary>
internal sealed class ResponseOwners(int most)
{
    private readonly Lock _gate = new();
    private readonly Queue<string> _order = [];
    private readonly Dictionary<string, (Replica Replica, int Key)> _byId = [];

    public void Remember(string id, Replica replica, int key)
    {
        lock (_gate)
        {
            if (_byId.TryAdd(id, (replica, key)))
            {
                _order.Enqueue(id);
            }

            while (_order.Count > most)
            {
                _byId.Remove(_order.Dequeue());
            }
        }
    }

    /// <summary>What is remembered of an id; null where nothing is.</summary>
    public (Replica Replica, int Key)? Find(string id)
    {
        lock (_gate)
        {
            return _byId.TryGetValue(id, out (Replica, int) found) ? found : null;
        }
    }
}
