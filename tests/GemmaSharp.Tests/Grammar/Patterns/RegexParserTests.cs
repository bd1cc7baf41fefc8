using System.Text.RegularExpressions;
using GemmaSharp.Grammar;
using GemmaSharp.Grammar.Tokens;

namespace GemmaSharp.Tests.Grammar.Patterns;

/// <summary>Regular expressions: the texts they describe against .NET's, and what is refused.</summary>
public sealed class RegexParserTests
{
    [Theory]
    [InlineData("a|b|ab*")]
    [InlineData("[a-c]{2,4}x?")]
    [InlineData(@"(?:ab|ba)+\.\d{3}")]
    [InlineData(@"[^a\-z]*")]
    [InlineData(@"^a.b$")]
    [InlineData(@"(a|aa){0,100}b?")]
    [InlineData(@"\x61\u0062[\t\n]*")]
    [InlineData(@"((a?)*b)*")]
    [InlineData(@"[日-本é]+|(?:😀){2}")]
    [InlineData(@"a*?b+?")]
    [InlineData(@"(a{30}){2,}")]
    public void FromRegex_RandomTexts_AreMatchedWhole(string pattern)
    {
        TokenGrammar grammar = new(TextGrammar.FromRegex(pattern), Vocabularies.Small);
        Regex reference = new($"^(?:{pattern})\\z", RegexOptions.ECMAScript);
        Random random = new(7);

        for (int draw = 0; draw < 30; draw++)
        {
            string text = Walk.Draw(grammar, random);
            Assert.True(reference.IsMatch(text), text);
        }
    }

    [Theory]
    [InlineData("a|b|ab*", "abbb", true)]
    [InlineData("a|b|ab*", "bb", false)]
    [InlineData("a{1000000}", "aa", false)]
    [InlineData("a{1,1000000}", "aa", true)]
    [InlineData("(ab){2,1000000}", "ab", false)]
    [InlineData("(ab){2,1000000}", "ababab", true)]
    [InlineData("[^x]{3}", "a日😀", true)]
    [InlineData("[^x]{3}", "ax日", false)]
    [InlineData(".", "\n", false)]
    [InlineData("(x|y){65}", "xyxyxyxyxyxyxyxyxyxyxyxyxyxyxyxyxyxyxyxyxyxyxyxyxyxyxyxyxyxyxyxyx", true)]
    [InlineData("(x|y){65}", "xyxyxyxyxyxyxyxyxyxyxyxyxyxyxyxyxyxyxyxyxyxyxyxyxyxyxyxyxyxyxyxy", false)]
    public void FromRegex_Text_TakenOrNot(string pattern, string text, bool taken) => Assert.Equal(taken, Walk.Accepts(TextGrammar.FromRegex(pattern), text));

    [Theory]
    [InlineData("a(", "the end found, ')' expected")]
    [InlineData("a)", "')' found")]
    [InlineData("*a", "'*' found")]
    [InlineData(@"(a)\1", @"\1 found")]
    [InlineData(@"\bword", @"\b found")]
    [InlineData(@"\p{L}", @"\p found")]
    [InlineData("(?=a)", "(?= found")]
    [InlineData("(?<n>a)", "(?< found")]
    [InlineData("a{3,2}", "{3,2} found")]
    [InlineData("a{99999999999}", "a number of at most 9 digits expected")]
    [InlineData("[b-a]", "downwards")]
    [InlineData("[a", "the end found")]
    [InlineData("a$b", "'b' found")]
    [InlineData("x^", "'^' found")]
    [InlineData("(^a)", "'^' found")]
    [InlineData(@"\ud800", "the value D800 found")]
    [InlineData("(a?){1,1000}", "may be empty")]
    [InlineData("[]", "no text")]
    public void FromRegex_Bad_SaysWhat(string pattern, string says) =>
        Assert.Contains(says, Assert.Throws<GrammarException>(() => TextGrammar.FromRegex(pattern)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("(a|b)*a(a|b){18}")]
    [InlineData("((((((x{1,9}){1,9}){1,9}){1,9}){1,9}){1,9})")]
    [InlineData("((((((((((a?)?)?)?)?)?)?)?)?)?)*")]
    [InlineData("(a*)*(a*)*(a*)*b")]
    public void FromRegex_ExponentialElsewhere_IsNot(string pattern)
    {
        TokenGrammar grammar = new(TextGrammar.FromRegex(pattern), Vocabularies.Small);

        GrammarMatcher matcher = grammar.CreateMatcher();

        matcher.FillMask(new ulong[matcher.MaskLength]);
    }

    [Fact]
    public void FromRegex_DeepGroups_Refused() =>
        Assert.Throws<GrammarException>(() => TextGrammar.FromRegex($"{new string('(', 20_000)}a{new string(')', 10_000)}"));
}
