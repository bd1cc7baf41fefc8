namespace GemmaSharp.Grammar.Expressions;

/// <summary>An expression without rules as a deterministic automaton, by sets of positions.</summary>
internal sealed class Determinizer
{
    private const int MostPositions = 1 << 16;
    private const long MostWork = 1 << 24;
    private readonly List<(CodePointSet? Set, int[] Next)> _positions = [(null, [])];
    private readonly List<int[]> _sets = [];
    private readonly Dictionary<string, int> _numbers = [];
    private long _work;

    /// <exception cref="GrammarException">Too many states.</exception>
    public static CharAutomaton Run(Expression expression)
    {
        Determinizer one = new();
        int start = one.Add(expression, 0);
        one.Number([start]);
        List<CharState> states = [];
        for (int at = 0; at < one._sets.Count; at++)
        {
            states.Add(new CharState([.. one.Edges(one._sets[at])], one._sets[at].Contains(0)));
        }

        return new CharAutomaton(states);
    }

    private int Add(Expression expression, int next)
    {
        switch (expression)
        {
            case Chars chars:
                return Position(chars.Set, [next]);
            case Sequence sequence:
                return sequence.Parts.Reverse().Aggregate(next, (after, part) => Add(part, after));
            case Choice choice:
                return Position(null, [.. choice.Options.Select(option => Add(option, next))]);
            default:
                return Add((Repetition)expression, next);
        }
    }

    private int Add(Repetition repetition, int next)
    {
        int node = next;
        if (repetition.Max is null)
        {
            node = Position(null, []);
            _positions[node] = (null, [Add(repetition.Item, node), next]);
        }

        for (int count = repetition.Max ?? repetition.Min; count > 0; count--)
        {
            int start = Add(repetition.Item, node);
            node = count > repetition.Min ? Position(null, [start, next]) : start;
        }

        return node;
    }

    private int Position(CodePointSet? set, int[] next)
    {
        if (_positions.Count == MostPositions)
        {
            CharAutomaton.Check(int.MaxValue);
        }

        _positions.Add((set, next));
        return _positions.Count - 1;
    }

    // Cuts the characters of all positions at each other's ends, so that every piece leads to one set.
    private IEnumerable<CharEdge> Edges(int[] set)
    {
        (int First, int Last, int To)[] ranges = [.. set.Select(at => _positions[at])
            .SelectMany(one => (one.Set?.Ranges ?? []).Select(range => (range.First, range.Last, one.Next[0])))];
        int[] cuts = [.. ranges.SelectMany(range => new[] { range.First, range.Last + 1 }).Distinct().Order()];
        for (int at = 0; at + 1 < cuts.Length; at++)
        {
            _work += ranges.Length;
            CharAutomaton.Check(_work > MostWork ? int.MaxValue : 0);
            int[] targets = [.. ranges.Where(range => range.First <= cuts[at] && cuts[at] <= range.Last).Select(range => range.To)];
            if (targets.Length > 0)
            {
                yield return new CharEdge(cuts[at], cuts[at + 1] - 1, Number(targets));
            }
        }
    }

    private int Number(int[] targets)
    {
        HashSet<int> closed = [];
        Stack<int> open = new(targets);
        while (open.TryPop(out int at))
        {
            if (closed.Add(at) && _positions[at].Set is null)
            {
                foreach (int next in _positions[at].Next)
                {
                    open.Push(next);
                }
            }
        }

        _work += closed.Count;
        int[] set = [.. closed.Where(at => at == 0 || _positions[at].Set is not null).Order()];
        string key = string.Join(',', set);
        if (!_numbers.TryGetValue(key, out int number))
        {
            _numbers[key] = number = _sets.Count;
            _sets.Add(set);
            CharAutomaton.Check(_sets.Count);
        }

        return number;
    }
}
