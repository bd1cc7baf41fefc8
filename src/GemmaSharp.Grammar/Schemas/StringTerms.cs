using GemmaSharp.Grammar.Expressions;
using GemmaSharp.Grammar.Networks;

namespace GemmaSharp.Grammar.Schemas;

/// <summary>Texts within lengths, patterns and formats.</summary>
internal sealed class StringTerms(NetworkBuilder network, JsonTerms json)
{
    // A rule of its own, so that masks within it are shared.
    private const long CharacterCost = 20;
    private readonly ExpressionEmitter _emitter = new(network, json.Character);

    public int Emit(Constraints asked, int next)
    {
        if (asked.MaxLength < asked.MinLength)
        {
            return NetworkBuilder.Fail;
        }

        bool anyLength = asked.MinLength == 0 && asked.MaxLength is null;
        if (anyLength && asked.Patterns.Count == 0)
        {
            return json.Text(next);
        }

        int end = network.Literal("\""u8, next);
        return network.Literal("\""u8, asked.Patterns.Count == 0 ? network.Repeat(json.Character, CharacterCost, asked.MinLength, asked.MaxLength, end)
            : anyLength && asked.Patterns.Count == 1 ? _emitter.Emit(asked.Patterns[0], end)
            : _emitter.Emit(Automaton(asked), end));
    }

    /// <summary>A name of a property that is none of some.</summary>
    public int NameBut(IReadOnlyCollection<string> names, int next)
    {
        if (names.Count == 0)
        {
            return json.Text(next);
        }

        int rule = network.DeclareRule("other property");
        network.DefineRule(rule, network.Literal("\""u8, _emitter.Emit(CharAutomaton.AllBut(names), network.Literal("\""u8, NetworkBuilder.Return))));
        return network.Call(rule, next);
    }

    /// <summary>Whether a text is as asked.</summary>
    public static bool Allows(Constraints asked, string text)
    {
        int length = text.EnumerateRunes().Count();
        return length >= asked.MinLength && length <= (asked.MaxLength ?? int.MaxValue) && asked.Patterns.All(pattern => Determinizer.Run(pattern).Accepts(text));
    }

    private static CharAutomaton Automaton(Constraints asked)
    {
        Repetition length = new(new Chars(CodePointSet.Any), asked.MinLength, asked.MaxLength);
        return asked.Patterns.Select(Determinizer.Run).Append(Determinizer.Run(length)).Aggregate((one, other) => one.Intersect(other));
    }
}
