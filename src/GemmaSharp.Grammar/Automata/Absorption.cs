using GemmaSharp.Grammar.Tokens;

namespace GemmaSharp.Grammar.Automata;

/// <summary>
/// Characters that lead from a state back to it, or to one whose counts are merely nearer to their bounds: any text of them, within the margin,
/// leads on. Inside a string these are nearly all, so whole branches of a vocabulary are taken at once.
/// </summary>
/// <param name="Groups">The characters.</param>
/// <param name="Margin">Bytes up to which that holds.</param>
/// <param name="Peak">The most open calls that any of them asked for.</param>
internal sealed record Absorption(CharGroups Groups, int Margin, int Peak)
{
    private const byte FirstContinuation = 0x80;
    private const byte LastContinuation = 0xBF;

    // Lead bytes with the range of the byte that follows, and how many follow (Unicode, table 3-7).
    private static readonly (byte First, byte Last, byte Low, byte High, int Following)[] Leads =
    [
        (0xC2, 0xDF, 0x80, 0xBF, 1), (0xE0, 0xE0, 0xA0, 0xBF, 2), (0xE1, 0xEC, 0x80, 0xBF, 2), (0xED, 0xED, 0x80, 0x9F, 2), (0xEE, 0xEF, 0x80, 0xBF, 2),
        (0xF0, 0xF0, 0x90, 0xBF, 3), (0xF1, 0xF3, 0x80, 0xBF, 3), (0xF4, 0xF4, 0x80, 0x8F, 3),
    ];

    public static Absorption Nothing { get; } = new(CharGroups.None, 0, 0);

    /// <summary>What leads back to a state whose counts are the furthest from their bounds.</summary>
    public static Absorption Find(Automaton automaton, AutomatonState state, int margin)
    {
        Search search = new(automaton, state, margin);
        CharGroups refused = CharGroups.Broken, asked = CharGroups.None;
        for (byte value = 0; value < FirstContinuation; value++)
        {
            CharGroups group = CharGroupsOf.Ascii(value);
            asked |= group;
            refused |= (refused & group) == 0 && !search.Returns([state], value, value) ? group : CharGroups.None;
        }

        bool wide = Leads.All(lead =>
        {
            IReadOnlyCollection<AutomatonState> states = search.Step([state], lead.First, lead.Last);
            states = lead.Following > 1 ? search.Step(states, lead.Low, lead.High) : states;
            states = lead.Following > 2 ? search.Step(states, FirstContinuation, LastContinuation) : states;
            return search.Returns(states, lead.Following > 1 ? FirstContinuation : lead.Low, LastContinuation);
        });
        return new Absorption((asked & ~refused) | (wide ? CharGroups.Wide : CharGroups.None), margin, search.Peak);
    }

    private sealed class Search(Automaton automaton, AutomatonState origin, int margin)
    {
        public int Peak { get; private set; }

        /// <summary>All states behind one byte of a range; none of them need be alive.</summary>
        public HashSet<AutomatonState> Step(IReadOnlyCollection<AutomatonState> states, byte first, byte last)
        {
            ReadOnlySpan<byte> classes = automaton.Network.Classes.Of;
            HashSet<AutomatonState> found = [];
            foreach (AutomatonState state in states)
            {
                for (int one = classes[first]; one <= classes[last]; one++)
                {
                    AutomatonState next = automaton.Step(state, one);
                    Peak = int.Max(Peak, next.Peak);
                    found.Add(next);
                }
            }

            return found;
        }

        public bool Returns(IReadOnlyCollection<AutomatonState> states, byte first, byte last) =>
            Step(states, first, last).All(next => ReferenceEquals(next, origin) || ReferenceEquals(automaton.Alike(next, int.Min(margin, byte.MaxValue) - 1), origin));
    }
}
