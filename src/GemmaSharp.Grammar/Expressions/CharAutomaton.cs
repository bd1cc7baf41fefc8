using System.Text;

namespace GemmaSharp.Grammar.Expressions;

/// <summary>A range of characters and the state it leads to.</summary>
internal readonly record struct CharEdge(int First, int Last, int To);

/// <summary>A state: edges that do not overlap, in order, and whether a text may end here.</summary>
internal sealed record CharState(CharEdge[] Edges, bool Accepts)
{
    public int Next(int value)
    {
        foreach (CharEdge edge in Edges)
        {
            if (edge.First <= value && value <= edge.Last)
            {
                return edge.To;
            }
        }

        return -1;
    }
}

/// <summary>A deterministic automaton over characters, from state 0; it is what conjunctions of expressions need.</summary>
internal sealed class CharAutomaton(IReadOnlyList<CharState> states)
{
    /// <summary>States that one automaton may have.</summary>
    public const int MostStates = 1 << 14;

    public IReadOnlyList<CharState> States => states;

    /// <summary>Texts that both take.</summary>
    public CharAutomaton Intersect(CharAutomaton other)
    {
        Dictionary<(int, int), int> numbers = new() { [(0, 0)] = 0 };
        List<(int Left, int Right)> pairs = [(0, 0)];
        List<CharState> product = [];
        for (int at = 0; at < pairs.Count; at++)
        {
            CharState left = states[pairs[at].Left], right = other.States[pairs[at].Right];
            List<CharEdge> edges = [];
            foreach (CharEdge one in left.Edges)
            {
                foreach (CharEdge two in right.Edges)
                {
                    int first = int.Max(one.First, two.First), last = int.Min(one.Last, two.Last);
                    if (first <= last)
                    {
                        edges.Add(new CharEdge(first, last, Number(numbers, pairs, (one.To, two.To))));
                    }
                }
            }

            product.Add(new CharState([.. edges], left.Accepts && right.Accepts));
        }

        return new CharAutomaton(product);
    }

    public bool Accepts(string text)
    {
        int state = 0;
        foreach (Rune rune in text.EnumerateRunes())
        {
            state = states[state].Next(rune.Value);
            if (state < 0)
            {
                return false;
            }
        }

        return states[state].Accepts;
    }

    /// <summary>Decimal numbers, of digits with or without a point, whose digits read as one number are a multiple.</summary>
    public static CharAutomaton DigitsMultipleOf(int divisor)
    {
        const int ten = 10;
        return new CharAutomaton([.. Enumerable.Range(0, divisor).Select(rest => new CharState(
            [.. Enumerable.Range(0, ten).Select(digit => new CharEdge('0' + digit, '0' + digit, ((rest * ten) + digit) % divisor))], rest == 0))]);
    }

    /// <summary>All texts but some.</summary>
    public static CharAutomaton AllBut(IEnumerable<string> texts)
    {
        List<SortedDictionary<int, int>> children = [[]];
        HashSet<int> ends = [];
        foreach (string text in texts)
        {
            int at = 0;
            foreach (Rune rune in text.EnumerateRunes())
            {
                if (!children[at].TryGetValue(rune.Value, out int child))
                {
                    children[at][rune.Value] = child = children.Count;
                    children.Add([]);
                    Check(children.Count);
                }

                at = child;
            }

            ends.Add(at);
        }

        int free = children.Count;
        CharEdge[] Others(IEnumerable<int> but) => [.. CodePointSet.Of(but.Select(value => (value, value))).Complement().Ranges.Select(range => new CharEdge(range.First, range.Last, free))];
        return new CharAutomaton(
        [
            .. children.Select((next, state) => new CharState([.. next.Select(one => new CharEdge(one.Key, one.Key, one.Value)), .. Others(next.Keys)], !ends.Contains(state))),
            new CharState(Others([]), Accepts: true),
        ]);
    }

    internal static void Check(int count)
    {
        if (count > MostStates)
        {
            throw new GrammarException($"patterns, lengths and ranges that hold together need more than {MostStates} states; shorter or fewer ones are expected");
        }
    }

    private static int Number(Dictionary<(int, int), int> numbers, List<(int Left, int Right)> pairs, (int, int) pair)
    {
        if (!numbers.TryGetValue(pair, out int number))
        {
            numbers[pair] = number = pairs.Count;
            pairs.Add(pair);
            Check(pairs.Count);
        }

        return number;
    }
}
