namespace GemmaSharp.Generation.Drafting;

/// <summary>
/// What followed the last tokens when they came before, in prompt or answer: the longest end of 4, 3 or 2 tokens that is found, at its latest place.
/// Every token is looked up and entered once, so a conversation of any length costs the same for each.
/// </summary>
internal sealed class NgramDrafter : IDrafter
{
    private const int Shortest = 2;
    private const int Longest = 4;
    private readonly Dictionary<ulong, int>[] _ends = [.. Enumerable.Range(0, Longest + 1).Select(_ => new Dictionary<ulong, int>())]; // by length and hash: the place behind
    private readonly int[] _before = new int[Longest + 1]; // by length: the place behind where the last tokens came before; 0 for nowhere
    private int[] _tokens = new int[256];
    private int _count;

    public string? Name => "drafting by n-grams";

    public bool IsFree => true;

    public void See(ReadOnlySpan<int> ids)
    {
        foreach (int id in ids)
        {
            if (_count == _tokens.Length)
            {
                Array.Resize(ref _tokens, 2 * _count);
            }

            _tokens[_count++] = id;
            for (int length = Shortest; length <= int.Min(Longest, _count); length++)
            {
                ulong hash = Hash(length);
                int end = _ends[length].GetValueOrDefault(hash);
                _before[length] = IsSame(end, length) ? end : 0;
                _ends[length][hash] = _count;
            }
        }
    }

    public int Draft(Span<int> into)
    {
        int place = Array.FindLast(_before, end => end > 0);
        if (place == 0)
        {
            return 0;
        }

        // What repeats is continued out of itself.
        for (int at = 0; at < into.Length; at++, place++)
        {
            into[at] = place < _count ? _tokens[place] : into[place - _count];
        }

        return into.Length;
    }

    private ReadOnlySpan<int> Last(int end, int length) => _tokens.AsSpan(end - length, length);

    // Two n-grams may share a hash.
    private bool IsSame(int end, int length) => end > 0 && Last(end, length).SequenceEqual(Last(_count, length));

    private ulong Hash(int length)
    {
        ulong hash = 0;
        foreach (int id in Last(_count, length))
        {
            hash = (hash ^ (uint)id) * 0x9E3779B97F4A7C15;
            hash ^= hash >> 32;
        }

        return hash;
    }
}
