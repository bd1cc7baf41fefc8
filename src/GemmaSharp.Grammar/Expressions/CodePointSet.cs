namespace GemmaSharp.Grammar.Expressions;

/// <summary>A set of Unicode scalar values, as sorted ranges that do not touch.</summary>
internal sealed class CodePointSet
{
    private const int Most = 0x10FFFF;
    private const int FirstSurrogate = 0xD800;
    private const int LastSurrogate = 0xDFFF;
    private readonly (int First, int Last)[] _ranges;

    private CodePointSet((int First, int Last)[] ranges) => _ranges = ranges;

    /// <summary>Every scalar value.</summary>
    public static CodePointSet Any { get; } = Of((0, Most));

    public IReadOnlyList<(int First, int Last)> Ranges => _ranges;

    public bool IsEmpty => _ranges.Length == 0;

    /// <summary>The set of some ranges; surrogates are left out.</summary>
    public static CodePointSet Of(params IEnumerable<(int First, int Last)> ranges)
    {
        List<(int First, int Last)> merged = [];
        foreach ((int first, int last) in ranges.SelectMany(WithoutSurrogates).Order())
        {
            if (merged.Count > 0 && first <= merged[^1].Last + 1)
            {
                merged[^1] = (merged[^1].First, int.Max(last, merged[^1].Last));
            }
            else
            {
                merged.Add((first, last));
            }
        }

        return new CodePointSet([.. merged]);
    }

    public static CodePointSet Single(int value) => Of((value, value));

    public static CodePointSet Union(params IEnumerable<CodePointSet> sets) => Of(sets.SelectMany(set => set._ranges));

    public CodePointSet Complement()
    {
        List<(int First, int Last)> gaps = [];
        int next = 0;
        foreach ((int first, int last) in _ranges)
        {
            if (first > next)
            {
                gaps.Add((next, first - 1));
            }

            next = last + 1;
        }

        gaps.Add((next, Most));
        return Of(gaps.Where(gap => gap.First <= gap.Last));
    }

    public CodePointSet Intersect(CodePointSet other) => Union(Complement(), other.Complement()).Complement();

    public CodePointSet Except(CodePointSet other) => Union(Complement(), other).Complement();

    public bool Contains(int value) => Array.Exists(_ranges, range => range.First <= value && value <= range.Last);

    // The gap of the surrogates keeps its two sides apart: no set joins them into one range.
    private static IEnumerable<(int First, int Last)> WithoutSurrogates((int First, int Last) range)
    {
        if (range.Last < FirstSurrogate || range.First > LastSurrogate)
        {
            return [range];
        }

        return new[] { (range.First, int.Min(range.Last, FirstSurrogate - 1)), (int.Max(range.First, LastSurrogate + 1), range.Last) }
            .Where(part => part.Item1 <= part.Item2);
    }
}
