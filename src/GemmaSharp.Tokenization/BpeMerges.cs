using System.Text;

namespace GemmaSharp.Tokenization;

/// <summary>Byte-pair merging of one stretch of text: the merge of lowest rank first, then the leftmost; near-linear by a queue.</summary>
internal sealed class BpeMerges(Vocabulary vocabulary)
{
    private const int None = -1;

    /// <summary>Appends the ids of a text without added tokens, spaces already replaced.</summary>
    public void Encode(string text, List<int> into)
    {
        List<int> ids = Symbols(text);
        int[] next = new int[ids.Count], previous = new int[ids.Count];
        PriorityQueue<(int Left, int LeftId, int RightId, int Merged), (long Rank, int Place)> queue = new();
        for (int at = 0; at < ids.Count; at++)
        {
            next[at] = at + 1 < ids.Count ? at + 1 : None;
            previous[at] = at - 1;
            Offer(at, at + 1 < ids.Count ? at + 1 : None);
        }

        while (queue.TryDequeue(out (int Left, int LeftId, int RightId, int Merged) merge, out _))
        {
            int left = merge.Left, right = left >= 0 ? next[left] : None;
            if (right == None || ids[left] != merge.LeftId || ids[right] != merge.RightId)
            {
                continue; // made from neighbours that have merged meanwhile
            }

            ids[left] = merge.Merged;
            ids[right] = None;
            next[left] = next[right];
            if (next[left] != None)
            {
                previous[next[left]] = left;
            }

            Offer(previous[left], left);
            Offer(left, next[left]);
        }

        into.AddRange(ids.Where(id => id != None));

        void Offer(int left, int right)
        {
            if (left != None && right != None && vocabulary.TryMerge(ids[left], ids[right], out long rank, out int merged))
            {
                queue.Enqueue((left, ids[left], ids[right], merged), (rank, left));
            }
        }
    }

    // One symbol a character; what the vocabulary lacks becomes its UTF-8 bytes. A lone surrogate counts as U+FFFD.
    private List<int> Symbols(string text)
    {
        List<int> ids = new(text.Length);
        Span<byte> bytes = stackalloc byte[4];
        foreach (Rune rune in text.EnumerateRunes())
        {
            if (vocabulary.Find(rune.ToString()) is int id)
            {
                ids.Add(id);
                continue;
            }

            foreach (byte value in bytes[..rune.EncodeToUtf8(bytes)])
            {
                ids.Add(vocabulary.ByteId(value) >= 0 ? vocabulary.ByteId(value) : vocabulary.UnknownId);
            }
        }

        ids.RemoveAll(id => id < 0);
        return ids;
    }
}
