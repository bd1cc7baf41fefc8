using GemmaSharp.Grammar.Networks;

namespace GemmaSharp.Grammar.Expressions;

/// <summary>Writes expressions into a network; how a character becomes bytes is the caller's.</summary>
/// <param name="network">Where to.</param>
/// <param name="character">The node that takes one character of a set before a node.</param>
internal sealed class ExpressionEmitter(NetworkBuilder network, Func<CodePointSet, int, int> character)
{
    /// <summary>Characters as UTF-8.</summary>
    public static ExpressionEmitter Plain(NetworkBuilder network) => new(network, (set, next) => Utf8.Emit(network, set, next));

    public int Emit(Expression expression, int next)
    {
        switch (expression)
        {
            case Chars chars:
                return character(chars.Set, next);
            case Sequence sequence:
                return sequence.Parts.Reverse().Aggregate(next, (after, part) => Emit(part, after));
            case Choice choice:
                return network.Split([.. choice.Options.Select(option => Emit(option, next))]);
            case Repetition repetition:
                return network.Repeat(after => Emit(repetition.Item, after), repetition.Item.Cost, repetition.Min, repetition.Max, next);
            default:
                return network.Call(((Reference)expression).Rule, next);
        }
    }

    /// <summary>The states of an automaton over characters; the end of a text leads on.</summary>
    public int Emit(CharAutomaton automaton, int next)
    {
        int[] places = [.. automaton.States.Select(_ => network.Reserve())];
        for (int state = 0; state < places.Length; state++)
        {
            List<int> targets = [.. automaton.States[state].Edges.GroupBy(edge => edge.To)
                .Select(group => character(CodePointSet.Of(group.Select(edge => (edge.First, edge.Last))), places[group.Key]))];
            if (automaton.States[state].Accepts)
            {
                targets.Add(next);
            }

            network.Define(places[state], NetworkBuilder.SplitNode([.. targets]));
        }

        return places[0];
    }
}
