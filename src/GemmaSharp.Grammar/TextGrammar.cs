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
        NetworkBuilder network = new();
        int root = network.DeclareRule("root");
        network.DefineRule(root, ExpressionEmitter.Plain(network).Emit(RegexParser.Whole(pattern), NetworkBuilder.Return));
        const int mostDepth = 128;
        return new TextGrammar(network.Build(root, mostDepth));
    }

    /// <summary>Texts of a grammar in llama.cpp's GBNF notation. Rules that begin with themselves are refused.</summary>
    /// <exception cref="GrammarException">The grammar is malformed, left recursive, too large, or describes nothing.</exception>
    public static TextGrammar FromGbnf(string grammar) => new(GbnfParser.Parse(grammar));
}
