using GemmaSharp.Grammar;
using GemmaSharp.Grammar.Tokens;

namespace GemmaSharp.Tests.Grammar.Tokens;

/// <summary>Masks against every token tried byte by byte.</summary>
public sealed class TokenMasksTests
{
    public static TheoryData<string, TextGrammar> Grammars => new()
    {
        { "json", TextGrammar.Json() },
        { "counted text", TextGrammar.FromJsonSchema("""{ "type": "array", "items": { "type": "string", "minLength": 3, "maxLength": 70 }, "minItems": 1, "maxItems": 50 }""") },
        { "pattern", TextGrammar.FromJsonSchema("""{ "type": "string", "pattern": "^[ab]{2,90}(\"|é)?$" }""") },
        { "recursive", TextGrammar.FromJsonSchema("""{ "properties": { "name": { "type": "string" }, "next": { "anyOf": [{ "$ref": "#" }, { "type": "null" }] } }, "required": ["next"] }""") },
        { "ambiguous", TextGrammar.FromGbnf("root ::= a* b{1,60} | \"a\"{2,100} root?\na ::= \"a\" | \"aa\" | \"ab\"\nb ::= \"b\" | \"bb\"") },
        { "deep", TextGrammar.FromGbnf("root ::= \"[\" root \"]\" | string\nstring ::= \"\\\"\" char* \"\\\"\"\nchar ::= [^\"\\\\] | \"\\\\\" [n\"]") },
        { "words", TextGrammar.FromRegex("[ a-z]{0,300}|[^a]*x") },
    };

    [Theory]
    [MemberData(nameof(Grammars))]
    public void Of_RandomStates_EqualsEveryTokenTried(string name, TextGrammar grammar)
    {
        TokenGrammar tokens = new(grammar, Vocabularies.Small);
        Random random = new(name.Length);

        for (int draw = 0; draw < 12; draw++)
        {
            Walk.Draw(tokens, random, (matcher, bits) => Assert.True(random.Next(4) != 0 || Tried(matcher, tokens.Trie).SequenceEqual(Walk.Allowed(bits))));
        }
    }

    [Fact]
    public void Of_NearTheDeepest_AllowsOnlyWhatCanEnd()
    {
        TokenGrammar tokens = new(TextGrammar.Json(), Vocabularies.Small);
        GrammarMatcher matcher = tokens.CreateMatcher();
        ulong[] bits = new ulong[matcher.MaskLength];
        string text = "{\"a\":";
        Assert.All(text, one => Assert.True(matcher.TryAccept(2 + one)));
        int opened = 0;
        for (; opened < 200 && matcher.TryAccept(2 + '['); opened++)
        {
            matcher.FillMask(bits);
            Assert.Equal(Tried(matcher, tokens.Trie), Walk.Allowed(bits));
        }

        Assert.InRange(opened, 55, 63);
        Assert.All("1" + new string(']', opened) + "}", one => Assert.True(matcher.TryAccept(2 + one)));
        Assert.True(matcher.IsComplete);
    }

    [Fact]
    public void Of_MemoryFull_ForgetsAndStaysExact()
    {
        TokenGrammar tokens = new(TextGrammar.FromRegex("((a|b)*a(a|b){20}x)*"), Vocabularies.Small, mostBytes: 1 << 20);
        GrammarMatcher matcher = tokens.CreateMatcher();
        ulong[] bits = new ulong[matcher.MaskLength];
        Random random = new(3);
        HashSet<int> epochs = [];
        for (int step = 0; step < 6_000; step++)
        {
            Assert.True(matcher.TryAccept(2 + "ab"[random.Next(2)]));
            epochs.Add(tokens.States.Current(tokens.States.Start).Epoch);
        }

        matcher.FillMask(bits);
        Assert.Equal(Tried(matcher, tokens.Trie), Walk.Allowed(bits));
        Assert.True(epochs.Count > 1, "memory never full");
    }

    private static IEnumerable<int> Tried(GrammarMatcher matcher, TokenTrie trie) => Enumerable.Range(0, trie.Count).Where(id => matcher.Fork().TryAccept(id));
}
