using System.Text;
using GemmaSharp.Grammar.Expressions;
using GemmaSharp.Grammar.Networks;
using GemmaSharp.Grammar.Patterns;

namespace GemmaSharp.Grammar.Schemas;

/// <summary>
/// JSON's own parts, each a rule made once. Between the parts of an object or a list may stand one space, or one end of line and up to 32
/// spaces; behind a colon one space; nowhere else anything.
/// </summary>
internal sealed class JsonTerms(NetworkBuilder network)
{
    private const int MostIndent = 32;

    /// <summary>At most 20 digits before and behind the point and two of exponent: every double and 64-bit integer, and an end.</summary>
    private const string NumberPattern = @"-?(0|[1-9][0-9]{0,19})(\.[0-9]{1,20})?([eE][+-]?[0-9]{1,2})?";
    private const string IntegerPattern = "0|-?[1-9][0-9]{0,19}";

    private readonly Dictionary<string, int> _rules = [];

    public int Space(int next) => network.Call(Rule("space", after => network.Split(
        after, network.Match((byte)' ', (byte)' ', after), network.Match((byte)'\n', (byte)'\n', network.Repeat(end => network.Match((byte)' ', (byte)' ', end), 1, 0, MostIndent, after)))), next);

    public int Colon(int next) => network.Literal(":"u8, network.Split(network.Literal(" "u8, next), next));

    /// <summary>A comma, and what may stand behind it.</summary>
    public int Comma(int next) => network.Literal(","u8, Space(next));

    public int Text(int next) => network.Call(Rule("string", after => network.Literal("\""u8, network.Loop(FreeCharacter, network.Literal("\""u8, after)))), next);

    /// <summary>One character of a text in any of its spellings.</summary>
    public int Character(int next) => network.Call(Rule("character", FreeCharacter), next);

    public int Number(int next) => network.Call(Rule("number", after => Emit(NumberPattern, after)), next);

    public int Integer(int next) => network.Call(Rule("integer", after => Emit(IntegerPattern, after)), next);

    public int Null(int next) => network.Literal("null"u8, next);

    public int Boolean(int next) => network.Split(network.Literal("true"u8, next), network.Literal("false"u8, next));

    /// <summary>Any value.</summary>
    public int Any(int next) => network.Call(AnyRule, next);

    public int AnyRule => Rule("value", after => network.Split(
        Text(after), Number(after), Boolean(after), Null(after),
        network.Literal("{"u8, Space(network.Split(network.Literal("}"u8, after), Members(after)))),
        network.Literal("["u8, Space(network.Split(network.Literal("]"u8, after), Items(after))))));

    /// <summary>One character of a set, spelled in one way: as itself, or escaped where it must be.</summary>
    public int Character(CodePointSet set, int next)
    {
        CodePointSet escaped = CodePointSet.Of((0, 0x1F), ('"', '"'), ('\\', '\\'));
        List<int> targets = [Utf8.Emit(network, set.Except(escaped), next)];
        foreach ((int first, int last) in set.Intersect(escaped).Ranges)
        {
            for (int value = first; value <= last; value++)
            {
                byte[] spelled = Encoding.ASCII.GetBytes(JsonText.Quote(((char)value).ToString())[1..^1]);
                targets.Add(network.Literal(spelled, next));
            }
        }

        return network.Split([.. targets]);
    }

    private int Members(int after)
    {
        int Member(int next) => Text(Colon(Any(next)));
        return Member(network.Loop(next => Comma(Member(next)), Space(network.Literal("}"u8, after))));
    }

    private int Items(int after) => Any(network.Loop(next => Comma(Any(next)), Space(network.Literal("]"u8, after))));

    private int Emit(string pattern, int next) => ExpressionEmitter.Plain(network).Emit(RegexParser.Whole(pattern), next);

    // Half of a surrogate pair is no character: the second half must follow the first.
    private int FreeCharacter(int next)
    {
        int Hex(int after) => network.Match([new Edge((byte)'0', (byte)'9', after), new Edge((byte)'A', (byte)'F', after), new Edge((byte)'a', (byte)'f', after)]);
        int one = Hex(next), two = Hex(one), three = Hex(two);
        int High(char first, char last, int after) => network.Match((byte)first, (byte)last, after);
        int low = network.Literal("\\u"u8, network.Split(High('d', 'd', Low(two)), High('D', 'D', Low(two))));
        int Low(int after) => network.Split(High('c', 'f', after), High('C', 'F', after));
        int pair = Hex(Hex(low));
        int surrogate = network.Split(High('0', '7', two), network.Split(High('8', '9', pair), High('a', 'b', pair), High('A', 'B', pair)));
        int unicode = network.Match(
        [
            new Edge((byte)'0', (byte)'9', three), new Edge((byte)'A', (byte)'C', three), new Edge((byte)'E', (byte)'F', three),
            new Edge((byte)'a', (byte)'c', three), new Edge((byte)'e', (byte)'f', three), new Edge((byte)'d', (byte)'d', surrogate), new Edge((byte)'D', (byte)'D', surrogate),
        ]);
        Edge[] escapes = [.. "\"\\/bfnrt".Select(letter => new Edge((byte)letter, (byte)letter, next)), new Edge((byte)'u', (byte)'u', unicode)];
        return network.Split(
            Utf8.Emit(network, CodePointSet.Of((' ', '!'), ('#', '['), (']', 0x10FFFF)), next),
            network.Literal("\\"u8, network.Match(escapes)));
    }

    private int Rule(string name, Func<int, int> body)
    {
        if (!_rules.TryGetValue(name, out int rule))
        {
            _rules[name] = rule = network.DeclareRule(name);
            network.DefineRule(rule, body(NetworkBuilder.Return));
        }

        return rule;
    }
}
