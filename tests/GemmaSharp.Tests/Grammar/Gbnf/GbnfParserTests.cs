using System.Text.Json;
using GemmaSharp.Grammar;
using GemmaSharp.Grammar.Tokens;

namespace GemmaSharp.Tests.Grammar.Gbnf;

/// <summary>llama.cpp's notation: what it describes, and what is refused.</summary>
public sealed class GbnfParserTests
{
    private const string Json = """
        # JSON, with rules in any order
        root   ::= object
        value  ::= object | array | string | number |
                   ("true" | "false"
                   | "null") ws   # a group goes over lines
        object ::= "{" ws (
            string ":" ws value ("," ws string ":" ws value)*
          )? "}" ws
        array  ::= "[" ws ( value ("," ws value)* )? "]" ws
        string ::= "\"" ( [^"\\\x7F\x00-\x1F] | "\\" (["\\bfnrt] | "u" [0-8] [0-9a-fA-F]{3}) )* "\"" ws
        number ::= ("-"? ([0-9] | [1-9] [0-9]{0,15})) ("." [0-9]+)? ([eE] [-+]? [0-9] [1-9]{0,1})? ws
        ws ::= | " " | "\n" [ \t]{0,20}
        """;

    [Fact]
    public void FromGbnf_Json_DrawsJson()
    {
        TokenGrammar grammar = new(TextGrammar.FromGbnf(Json), Vocabularies.Small);
        Random random = new(11);

        for (int draw = 0; draw < 40; draw++)
        {
            using JsonDocument document = JsonDocument.Parse(Walk.Draw(grammar, random), new JsonDocumentOptions { MaxDepth = 1000 });
            Assert.Equal(JsonValueKind.Object, document.RootElement.ValueKind);
        }
    }

    [Theory]
    [InlineData("root ::= \"a\" root | \"b\"", "aaaaaaaaaaaab", true)]
    [InlineData("root ::= \"a\" root? \"b\"", "aaabbb", true)]
    [InlineData("root ::= \"a\" root? \"b\"", "aaabb", false)]
    [InlineData("root ::= [^\\n\\]a-c-]+ .", "x日é\n", true)]
    [InlineData("root ::= [a-]+", "a-a", true)]
    [InlineData("root ::= \"\\u00e9\\U0001F600\\x41\"", "é😀A", true)]
    [InlineData("root ::= x{4} x{,2} x{1,}\nx ::= \"a\"", "aaaaa", true)]
    [InlineData("root ::= x{4} x{,2} x{1,}\nx ::= \"a\"", "aaaa", false)]
    [InlineData("root ::= \"\"", "", true)]
    public void FromGbnf_Text_TakenOrNot(string grammar, string text, bool taken) => Assert.Equal(taken, Walk.Accepts(TextGrammar.FromGbnf(grammar), text));

    [Theory]
    [InlineData("", "no rule 'root'")]
    [InlineData("start ::= \"a\"", "no rule 'root'")]
    [InlineData("root ::= other", "rule 'other' is used and not defined")]
    [InlineData("root ::= root \"a\" | \"b\"", "rule 'root' begins with itself")]
    [InlineData("root ::= e a\ne ::= \"x\"?\na ::= b\nb ::= e? root", "begins with itself")]
    [InlineData("root ::= root", "begins with itself")]
    [InlineData("root ::= \"a\" root", "no text")]
    [InlineData("root ::= \"a\nb\"", "line 1: the end of the line found")]
    [InlineData("root ::= \"a\"\nroot ::= \"b\"", "line 2: a second rule 'root'")]
    [InlineData("root ::= (\"a\"", "the end found, ')' expected")]
    [InlineData("root ::= \"a\" )", "')' in rule root found")]
    [InlineData("root = \"a\"", "::= expected")]
    [InlineData("root ::= [b-a]", "range")]
    [InlineData("root ::= \"\\q\"", "\\q found")]
    [InlineData("root ::= \"a\"{x}", "'}' expected")]
    [InlineData("root ::= \"a\"{3,1}", "{3,1} found")]
    [InlineData("root ::= x{1,100}\nx ::= \"a\"?", "may be empty")]
    [InlineData("root ::= <[12]>", "'<' in rule root found")]
    [InlineData("root ::= \"\\uD800\"", "'D800' found")]
    public void FromGbnf_Bad_SaysWhat(string grammar, string says) =>
        Assert.Contains(says, Assert.Throws<GrammarException>(() => TextGrammar.FromGbnf(grammar)).Message, StringComparison.Ordinal);

    [Fact]
    public void FromGbnf_LongChainsOfRules_BuiltWithoutRecursion()
    {
        string chain = string.Concat(Enumerable.Range(0, 20_000).Select(at => $"r{at} ::= r{at + 1}\n"));

        Assert.True(Walk.Accepts(TextGrammar.FromGbnf($"root ::= r0\n{chain}r20000 ::= \"a\""), "a"));
    }

    [Fact]
    public void FillMask_EveryReadingCounts_RefusedAtALimit()
    {
        TokenGrammar grammar = new(TextGrammar.FromGbnf("root ::= \"a\" root \"b\" | \"a\" root \"c\" | \"x\""), Vocabularies.Small);
        GrammarMatcher matcher = grammar.CreateMatcher();
        ulong[] bits = new ulong[matcher.MaskLength];

        GrammarException error = Assert.Throws<GrammarException>(() =>
        {
            for (int step = 0; step < 100; step++)
            {
                Assert.True(matcher.TryAccept(2 + 'a'));
                matcher.FillMask(bits);
            }
        });

        Assert.Contains("ambiguous", error.Message, StringComparison.Ordinal);
    }
}
