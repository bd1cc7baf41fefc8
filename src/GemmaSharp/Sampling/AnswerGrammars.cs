using System.Runtime.CompilerServices;
using GemmaSharp.Grammar;
using GemmaSharp.Grammar.Tokens;
using GemmaSharp.Loading;
using GemmaSharp.Tokenization;

namespace GemmaSharp.Sampling;

/// <summary>Grammars over the model's vocabulary; what was found out about one is kept as long as the grammar itself.</summary>
internal sealed class AnswerGrammars(ModelFiles files)
{
    private readonly Lazy<TokenTrie> _trie = new(() => Sort(files));
    private readonly ConditionalWeakTable<TextGrammar, TokenGrammar> _known = [];

    /// <summary>The mask of a new answer, or null where options have no grammar.</summary>
    public AnswerMask? Begin(GenerationOptions options)
    {
        if (options.Grammar is null)
        {
            return null;
        }

        return options.IgnoreEos
            ? throw new ArgumentException("a grammar and an answer that goes on past its end exclude each other; one of them expected")
            : new AnswerMask(_known.GetValue(options.Grammar, grammar => new TokenGrammar(grammar, _trie.Value)).CreateMatcher());
    }

    private static TokenTrie Sort(ModelFiles files)
    {
        Tokenizer tokenizer = files.Tokenizer;
        return new TokenTrie(
            [.. Enumerable.Range(0, tokenizer.VocabularySize).Select(tokenizer.TextBytes)], files.Generation.EosTokenIds ?? files.Config.EosTokenIds);
    }
}
