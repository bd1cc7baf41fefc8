using System.Security.Cryptography;

namespace GemmaSharp.Prompting;

/// <summary>
/// What was encoded lately, by kind and by the content of its file, so that the same picture under another name is found too. Bounded in
/// bytes: what was used longest ago goes first.
/// </summary>
internal sealed class MediaCache(long mostBytes)
{
    private readonly Lock _gate = new();
    private readonly LinkedList<Entry> _byUse = []; // latest first
    private readonly Dictionary<string, LinkedListNode<Entry>> _byKey = [];

    /// <summary>Bytes of the rows kept.</summary>
    public long Bytes { get; private set; }

    /// <summary>The key of a part.</summary>
    public static string Key(ContentPart part) => part.Kind + Convert.ToHexString(SHA256.HashData(part.Data.Span));

    /// <summary>What is kept under a key, or null.</summary>
    public IReadOnlyList<EncodedMedia>? Find(string key)
    {
        lock (_gate)
        {
            if (!_byKey.TryGetValue(key, out LinkedListNode<Entry>? node))
            {
                return null;
            }

            _byUse.Remove(node);
            _byUse.AddFirst(node);
            return node.Value.Media;
        }
    }

    /// <summary>Keeps media that are not larger than the bound.</summary>
    public void Add(string key, IReadOnlyList<EncodedMedia> media)
    {
        long bytes = media.Sum(one => (long)one.Rows.Length * sizeof(float));
        lock (_gate)
        {
            if (bytes > mostBytes || _byKey.ContainsKey(key))
            {
                return;
            }

            while (Bytes + bytes > mostBytes && _byUse.Last is LinkedListNode<Entry> oldest)
            {
                _byUse.RemoveLast();
                _byKey.Remove(oldest.Value.Key);
                Bytes -= oldest.Value.Bytes;
            }

            _byKey.Add(key, _byUse.AddFirst(new Entry(key, media, bytes)));
            Bytes += bytes;
        }
    }

    private sealed record Entry(string Key, IReadOnlyList<EncodedMedia> Media, long Bytes);
}
