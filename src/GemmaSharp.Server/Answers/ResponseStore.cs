using GemmaSharp.Server.Requests;

namespace GemmaSharp.Server.Answers;

/// <summary>A response that was kept: its body, and the conversation that a following one continues.</summary>
internal sealed record StoredResponse(string Id, int Owner, byte[] Body, IReadOnlyList<MessageRequest> Messages)
{
    /// <summary>What it takes of the store's room.</summary>
    public long Bytes { get; } = Body.Length + Messages.Sum(message => message.Parts.Sum(part => (part.Text?.Length ?? 0) * 2L + (part.Data?.Length ?? 0)));
}

/// <summary>Responses kept for a while, bounded in number and bytes; the oldest go first. Each belongs to the key that asked for it.</summary>
internal sealed class ResponseStore(ServerLimits limits)
{
    private readonly Lock _gate = new();
    private readonly LinkedList<StoredResponse> _order = [];
    private readonly Dictionary<string, LinkedListNode<StoredResponse>> _byId = [];
    private long _bytes;

    public void Add(StoredResponse response)
    {
        lock (_gate)
        {
            _byId[response.Id] = _order.AddLast(response);
            _bytes += response.Bytes;
            while ((_order.Count > limits.StoredResponses || _bytes > limits.StoredBytes) && _order.First is LinkedListNode<StoredResponse> oldest)
            {
                Drop(oldest);
            }
        }
    }

    /// <summary>A response; null where there is none of this name for this owner.</summary>
    public StoredResponse? Find(string id, int owner)
    {
        lock (_gate)
        {
            return _byId.TryGetValue(id, out LinkedListNode<StoredResponse>? node) && node.Value.Owner == owner ? node.Value : null;
        }
    }

    /// <summary>Forgets a response.</summary>
    public void Remove(StoredResponse response)
    {
        lock (_gate)
        {
            if (_byId.TryGetValue(response.Id, out LinkedListNode<StoredResponse>? node))
            {
                Drop(node);
            }
        }
    }

    private void Drop(LinkedListNode<StoredResponse> node)
    {
        _order.Remove(node);
        _byId.Remove(node.Value.Id);
        _bytes -= node.Value.Bytes;
    }
}
