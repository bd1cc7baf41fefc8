using GemmaSharp.Grammar.Networks;

namespace GemmaSharp.Grammar.Automata;

/// <summary>
/// A network made deterministic as texts need it: a state is the set of places where a parse may be, found once for equal sets. Memory is
/// bounded: when full it is forgotten, and states in use are looked up anew. Safe from several threads; building takes <see cref="Gate"/>.
/// </summary>
internal sealed class Automaton
{
    /// <summary>About what states may take.</summary>
    public const long UsualBytes = 32 << 20;
    private const int MostFrames = 1 << 18;

    // One token may go that far beyond: an ambiguous grammar could ask for any time and memory.
    private const int OverrunFactor = 4;
    private const long MostWork = 10_000_000;
    private readonly Dictionary<Place[], AutomatonState>[] _states = [new(new SamePlaces()), new(new SamePlaces())];
    private readonly FrameTable _frames;
    private readonly long _mostBytes;
    private readonly Closure _closure;
    private long _bytes;
    private long _deadline = MostWork;
    private int _epoch;

    public Automaton(Network network, long mostBytes)
    {
        _mostBytes = mostBytes;
        Network = network;
        _frames = new FrameTable(network);
        _closure = new Closure(network, _frames);
        _closure.Begin();
        _closure.Add(network.Start, null);
        Start = Find(_closure.Finish(), _closure.Accepts, _closure.Peak);
    }

    public Network Network { get; }

    public Lock Gate { get; } = new();

    public AutomatonState Start { get; }

    /// <summary>The state after a byte of a class.</summary>
    public AutomatonState Step(AutomatonState state, int one) => state.Next[one] ?? Build(state, one);

    /// <summary>Begins a token: a state of before memory was full as one of now; forgets everything if it is full.</summary>
    public AutomatonState Current(AutomatonState state)
    {
        lock (Gate)
        {
            if (_bytes > _mostBytes || _frames.Count > MostFrames)
            {
                _states[0].Clear();
                _states[1].Clear();
                _frames.Clear();
                _bytes = 0;
                _epoch++;
            }

            _deadline = _closure.Work + MostWork;
            return state.Epoch == _epoch ? state : Find([.. state.Places.Select(place => new Place(place.Node, _frames.Renew(place.Frame))).Order()], state.Accepts, state.Peak);
        }
    }

    /// <summary>A state with some of another's places, their frames changed.</summary>
    public AutomatonState With(AutomatonState state, Func<Place, bool> chosen, Func<Frame?, Frame?> frame)
    {
        Place[] places = [.. state.Places.Where(chosen).Select(place => new Place(place.Node, frame(place.Frame))).Distinct().Order()];
        return Find(places, state.Accepts, 0);
    }

    /// <summary>The state when a call comes to its end.</summary>
    public AutomatonState After(Frame frame)
    {
        _closure.Begin();
        _closure.Add(NetworkBuilder.Return, frame);
        return Find(_closure.Finish(), _closure.Accepts, _closure.Peak);
    }

    /// <summary>The open calls down to some depth from the innermost, without those around them.</summary>
    public Frame? Cut(Frame frame, int depth) => depth == 0 ? null : _frames.Get(frame.Node, frame.Count, frame.Parent is null ? null : Cut(frame.Parent, depth - 1));

    /// <summary>A state that lets the same texts of some bytes follow, one for many.</summary>
    public AutomatonState Alike(AutomatonState state, int length) =>
        Array.Exists(state.Places, place => place.Frame is { Counts: true }) ? With(state, _ => true, frame => _frames.Alike(frame, length)) : state;

    /// <summary>What leads from a state back to one that looks ahead alike.</summary>
    public Absorption AbsorptionOf(AutomatonState state)
    {
        if (state.Absorption is null)
        {
            int margin = state.Places.Min(place => _frames.Margin(place.Frame));
            AutomatonState alike = margin > 0 ? Alike(state, int.Min(margin, byte.MaxValue)) : state;
            state.Absorption = margin <= 0 ? Absorption.Nothing
                : ReferenceEquals(alike, state) ? Absorption.Find(this, state, margin)
                : AbsorptionOf(alike) with { Margin = margin };
        }

        return state.Absorption;
    }

    private AutomatonState Build(AutomatonState state, int one)
    {
        lock (Gate)
        {
            if (_closure.Work > _deadline || _bytes > OverrunFactor * _mostBytes || _frames.Count > OverrunFactor * MostFrames)
            {
                throw new GrammarException($"the grammar reads the text in too many ways: one token asks for {_closure.Work - _deadline + MostWork} steps; a less ambiguous one is expected");
            }

            byte value = Network.Classes.Member(one);
            _closure.Begin();
            foreach (Place place in state.Places)
            {
                foreach (Edge edge in Network.Nodes[place.Node].Edges)
                {
                    if (edge.First <= value && value <= edge.Last)
                    {
                        _closure.Add(edge.To, place.Frame);
                    }
                }
            }

            return state.Next[one] = Find(_closure.Finish(), _closure.Accepts, _closure.Peak);
        }
    }

    private AutomatonState Find(Place[] places, bool accepts, int peak)
    {
        const int bytesOfState = 120, bytesOfPlace = 16;
        Dictionary<Place[], AutomatonState> states = _states[accepts ? 1 : 0];
        if (!states.TryGetValue(places, out AutomatonState? state))
        {
            states[places] = state = new AutomatonState(places, accepts, Network.Classes.Count, _epoch);
            _bytes += bytesOfState + (bytesOfPlace * places.Length) + (IntPtr.Size * Network.Classes.Count);
        }

        state.Peak = int.Max(state.Peak, peak);
        return state;
    }

    private sealed class SamePlaces : IEqualityComparer<Place[]>
    {
        public bool Equals(Place[]? one, Place[]? other) => one.AsSpan().SequenceEqual(other);

        public int GetHashCode(Place[] places)
        {
            HashCode hash = default;
            foreach (Place place in places)
            {
                hash.Add(place.Node);
                hash.Add(place.Frame?.Id ?? -1);
            }

            return hash.ToHashCode();
        }
    }
}
