using GemmaSharp.Grammar;

namespace GemmaSharp.Tests.Grammar;

/// <summary>Grammars put together.</summary>
public sealed class TextGrammarTests
{
    private const string Numbers = """{"type": "array", "items": {"type": "integer"}, "minItems": 1}""";

    [Theory]
    [InlineData("<a>[1,2]</a>", true)]
    [InlineData("<a>[[1]]</a>", false)]
    [InlineData("<a>[1,2]</a>\n<a>[3]</a>\n<a>[4]</a>", true)]
    [InlineData("<a>[1,2]</a><a>[3]</a>", false)]
    [InlineData("<a>[1,2]</a>\n", false)]
    [InlineData("<a>[1,2]", false)]
    [InlineData("[1,2]", false)]
    [InlineData("", false)]
    public void Between_ManyWithMarks_TakenOrNot(string text, bool taken) =>
        Assert.Equal(taken, Walk.Accepts(TextGrammar.FromJsonSchema(Numbers).Between("<a>", "</a>", "\n"), text));

    [Theory]
    [InlineData("(x)", true)]
    [InlineData("(x)(x)", false)]
    [InlineData("()", false)]
    public void Between_One_TakenOrNot(string text, bool taken) => Assert.Equal(taken, Walk.Accepts(TextGrammar.FromRegex("x+").Between("(", ")"), text));

    [Theory]
    [InlineData("ab", true)]
    [InlineData("[1]", true)]
    [InlineData("<<aab>>", true)]
    [InlineData("<<[1]>>", false)]
    [InlineData("ab[1]", false)]
    public void Or_OfThree_TakesEach(string text, bool taken)
    {
        TextGrammar word = TextGrammar.FromGbnf("root ::= a \"b\"\na ::= \"a\" a | \"a\"");

        Assert.Equal(taken, Walk.Accepts(word.Or(TextGrammar.FromJsonSchema(Numbers)).Or(word.Between("<<", ">>")), text));
    }

    [Fact]
    public void Between_AroundNestedValues_StillNestsAsDeep()
    {
        const int depth = 20;
        TextGrammar lists = TextGrammar.FromGbnf("root ::= \"[\" root? \"]\"").Between("<", ">");

        Assert.True(Walk.Accepts(lists, $"<{new string('[', depth)}{new string(']', depth)}>"));
        Assert.False(Walk.Accepts(lists, $"<{new string('[', depth)}{new string(']', depth - 1)}>"));
    }
}
