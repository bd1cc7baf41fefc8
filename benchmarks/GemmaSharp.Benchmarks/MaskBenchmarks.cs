using BenchmarkDotNet.Attributes;
using GemmaSharp.Grammar;
using GemmaSharp.Grammar.Tokens;

namespace GemmaSharp.Benchmarks;

/// <summary>Masks over 262144 tokens: the first within a string, found anew for every grammar, and one that is known.</summary>
public class MaskBenchmarks
{
    private const int FirstByte = 1;
    private readonly TextGrammar _free = TextGrammar.FromJsonSchema("""{ "type": "string" }""");
    private readonly TextGrammar _counted = TextGrammar.FromJsonSchema("""{ "type": "string", "maxLength": 12 }""");
    private readonly TokenTrie _trie = SyntheticVocabulary.Create();
    private readonly ulong[] _bits;
    private readonly GrammarMatcher _known;

    public MaskBenchmarks()
    {
        _bits = new ulong[_trie.MaskLength];
        _known = Open(_free);
    }

    [Benchmark]
    public void FirstInAString() => Open(_free);

    [Benchmark]
    public void FirstNearTheEndOfACountedString() => Open(_counted);

    [Benchmark]
    public bool AskedNearTheEndOfACountedString()
    {
        const int asked = 192; // a draw from the 64 most likely
        GrammarMatcher matcher = Begin(_counted);
        bool last = false;
        for (int index = 0; index < asked; index++)
        {
            last = matcher.Allows(_trie.Count * index / asked);
        }

        return last;
    }

    [Benchmark]
    public void Known() => _known.FillMask(_bits);

    private GrammarMatcher Open(TextGrammar grammar)
    {
        GrammarMatcher matcher = Begin(grammar);
        matcher.FillMask(_bits);
        return matcher;
    }

    private GrammarMatcher Begin(TextGrammar grammar)
    {
        GrammarMatcher matcher = new TokenGrammar(grammar, _trie).CreateMatcher();
        matcher.TryAccept(FirstByte + '"');
        return matcher;
    }
}
