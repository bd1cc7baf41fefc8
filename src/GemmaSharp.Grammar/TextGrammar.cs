using System.Text;
using System.Text.Json;
using GemmaSharp.Grammar.Expressions;
using GemmaSharp.Grammar.Gbnf;
using GemmaSharp.Grammar.Networks;
using GemmaSharp.Grammar.Patterns;
using GemmaSharp.Grammar.Schemas;

namespace GemmaSharp.Grammar;

/// <summary>The texts that an answer may be. Immutable; one serves any number of answers, and the more the faster.</summary>
public sealed class TextGrammar
{
    private TextGrammar(Network network) => Network = network;

    internal Network Network { get; }

    /// <summary>JSON values that a schema holds valid, in the order of its properties. What is not supported exactly is refused by name and place.</summary>
    /// <exception cref="GrammarException">The schema is malformed, not supported, too large, or holds nothing valid.</exception>
    public static TextGrammar FromJsonSchema(JsonElement schema) => new(SchemaCompiler.Compile(schema));

    /// <summary>JSON values that a schema, given as text, holds valid.</summary>
    /// <exception cref="GrammarException">The text is no JSON, or the schema is malformed, not supported, too large, or holds nothing valid.</exception>
    public static TextGrammar FromJsonSchema(string schema)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(schema);
            return FromJsonSchema(document.RootElement);
        }
        catch (JsonException error)
        {
            throw new GrammarException($"JSON schema: no JSON: {error.Message}", error);
        }
    }

    /// <summary>Any JSON object.</summary>
    public static TextGrammar Json() => FromJsonSchema("""{ "type": "object" }""");

    /// <summary>Texts that a regular expression, in ECMA-262's notation and from end to end, describes. Looking around, references back and word boundaries are refused.</summary>
    /// <exception cref="GrammarException">The expression is malformed, not regular, too large, or describes nothing.</exception>
    public static TextGrammar FromRegex(string pattern)
    {
        const int mostDepth = 128;
        return Combine(network => ExpressionEmitter.Plain(network).Emit(RegexParser.Whole(pattern), NetworkBuilder.Return), mostDepth);
    }

    /// <summary>Texts of a grammar in llama.cpp's GBNF notation. Rules that begin with themselves are refused.</summary>
    /// <exception cref="GrammarException">The grammar is malformed, left recursive, too large, or describes nothing.</exception>
    public static TextGrammar FromGbnf(string grammar) => new(GbnfParser.Parse(grammar));

    /// <summary>Texts of this grammar, each between two marks; where they may be many, a mark stands between them too.</summary>
    /// <param name="open">What stands before.</param>
    /// <param name="close">What stands behind.</param>
    /// <param name="again">What stands between one and the next; null where there is but one.</param>
    /// <exception cref="GrammarException">Together they are too large.</exception>
    public TextGrammar Between(string open, string close, string? again = null) => Combine(network =>
    {
        int rule = network.Import(Network);
        int One(int next) => network.Literal(Encoding.UTF8.GetBytes(open), network.Call(rule, network.Literal(Encoding.UTF8.GetBytes(close), next)));
        return One(again is null ? NetworkBuilder.Return : network.Loop(next => network.Literal(Encoding.UTF8.GetBytes(again), One(next)), NetworkBuilder.Return));
    }, Network.MostDepth + 1);

    /// <summary>Texts of this grammar and those of another.</summary>
    /// <exception cref="GrammarException">Together they are too large.</exception>
    public TextGrammar Or(TextGrammar other) => Combine(
        network => network.Split(network.Call(network.Import(Network), NetworkBuilder.Return), network.Call(network.Import(other.Network), NetworkBuilder.Return)),
        int.Max(Network.MostDepth, other.Network.MostDepth));

    private static TextGrammar Combine(Func<NetworkBuilder, int> start, int mostDepth)
    {
        NetworkBuilder network = new();
        int root = network.DeclareRule("root");
        network.DefineRule(root, start(network));
        return new TextGrammar(network.Build(root, mostDepth));
    }
}
