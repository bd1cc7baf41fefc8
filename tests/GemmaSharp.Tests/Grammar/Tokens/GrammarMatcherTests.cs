using System.Text;
using GemmaSharp.Grammar;
using GemmaSharp.Grammar.Tokens;

namespace GemmaSharp.Tests.Grammar.Tokens;

/// <summary>One answer's place in a grammar: its end, forks, and what must come next.</summary>
public sealed class GrammarMatcherTests
{
    private const int FirstByte = 2;
    private const int Control = 1;

    [Fact]
    public void TryAccept_End_OnlyWhereTheTextMayEnd()
    {
        GrammarMatcher matcher = Create(TextGrammar.FromRegex("ab?"));
        ulong[] bits = new ulong[matcher.MaskLength];

        Assert.False(matcher.TryAccept(Vocabularies.End));
        Assert.True(matcher.TryAccept(FirstByte + 'a'));
        matcher.FillMask(bits);
        Assert.Contains(Vocabularies.End, Walk.Allowed(bits));
        Assert.True(matcher.IsComplete && matcher.TryAccept(Vocabularies.End) && matcher.IsEnded);
        matcher.FillMask(bits);
        Assert.Empty(Walk.Allowed(bits));
        Assert.False(matcher.TryAccept(Vocabularies.End));
    }

    [Fact]
    public void TryAccept_ControlOrUnknownToken_Refused()
    {
        GrammarMatcher matcher = Create(TextGrammar.FromRegex(".*"));

        Assert.All([Control, -1, int.MaxValue, Vocabularies.Small.Count - 1], id => Assert.False(matcher.TryAccept(id)));
    }

    [Fact]
    public void Fork_OfAGuess_LeavesTheFirstWhereItWas()
    {
        GrammarMatcher matcher = Create(TextGrammar.FromRegex("abc|abd"));
        Assert.True(matcher.TryAccept(FirstByte + 'a'));

        GrammarMatcher guess = matcher.Fork();

        Assert.True(guess.TryAccept(FirstByte + 'b') && guess.TryAccept(FirstByte + 'd') && guess.IsComplete);
        Assert.False(matcher.IsComplete);
        Assert.True(matcher.TryAccept(FirstByte + 'b') && matcher.TryAccept(FirstByte + 'c'));
    }

    [Fact]
    public void ForcedText_OnlyOneWay_GoesToTheNextChoice()
    {
        GrammarMatcher matcher = Create(TextGrammar.FromJsonSchema("""{ "properties": { "né": { "enum": ["日本", "日曜"] } }, "required": ["né"] }"""));

        Assert.Equal("{", matcher.ForcedText());
        Feed(matcher, "{\"");
        Assert.Equal("né\":", matcher.ForcedText());
        Feed(matcher, "né\":");
        Assert.Equal("", matcher.ForcedText());
        Feed(matcher, "\"");
        Assert.Equal("日", matcher.ForcedText());
        Feed(matcher, "日本\"");
        Assert.Equal("", matcher.ForcedText());
        Feed(matcher, "}");
        Assert.Equal("", matcher.ForcedText());
        Assert.True(matcher.IsComplete);
    }

    [Fact]
    public void Create_VocabularyWithoutAByteOrAnEnd_Refused()
    {
        TextGrammar grammar = TextGrammar.FromRegex("a");
        byte[]?[] bytes = [null, .. Vocabularies.Bytes()];

        Assert.Contains("0xFF", Assert.Throws<GrammarException>(() => new TokenGrammar(grammar, new TokenTrie(bytes[..^1], [0]))).Message, StringComparison.Ordinal);
        Assert.Contains("ends an answer", Assert.Throws<GrammarException>(() => new TokenGrammar(grammar, new TokenTrie(bytes, [500]))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OneGrammar_SeveralThreads_SameMasks()
    {
        TokenGrammar grammar = new(TextGrammar.Json(), Vocabularies.Small);
        string alone = Walk.Draw(new TokenGrammar(TextGrammar.Json(), Vocabularies.Small), new Random(5));

        string[] together = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => Walk.Draw(grammar, new Random(5)))));

        Assert.All(together, text => Assert.Equal(alone, text));
    }

    private static GrammarMatcher Create(TextGrammar grammar) => new TokenGrammar(grammar, Vocabularies.Small).CreateMatcher();

    private static void Feed(GrammarMatcher matcher, string text) => Assert.All(Encoding.UTF8.GetBytes(text), one => Assert.True(matcher.TryAccept(FirstByte + one)));
}
