using GemmaSharp.Grammar;
using GemmaSharp.Server.Http;

namespace GemmaSharp.Server.Requests;

/// <summary>
/// Grammars that were asked for lately: what was found out about one serves the next request that asks for it. The least recently used goes first.
/// </summary>
internal sealed class GrammarStore
{
    // A grammar may hold some 50 MB of masks and states.
    private const int Most = 8;
    private readonly Lock _gate = new();
    private readonly LinkedList<(string Key, TextGrammar Grammar)> _kept = [];

    /// <summary>The grammar of a text.</summary>
    /// <param name="kind">What the text is: schema, regex or grammar.</param>
    /// <param name="text">The text.</param>
    /// <param name="path">Where it stands in the request.</param>
    /// <param name="make">Compiles it.</param>
    /// <exception cref="ApiException">There is no such grammar.</exception>
    public TextGrammar Get(string kind, string text, string path, Func<string, TextGrammar> make)
    {
        string key = $"{kind} {text}";
        if (Find(key) is TextGrammar kept)
        {
            return kept;
        }

        try
        {
            TextGrammar grammar = make(text);
            Keep(key, grammar);
            return grammar;
        }
        catch (GrammarException error)
        {
            throw ApiException.Bad($"{path}: {error.Message}", path, "invalid_value");
        }
    }

    private TextGrammar? Find(string key)
    {
        lock (_gate)
        {
            for (LinkedListNode<(string Key, TextGrammar Grammar)>? node = _kept.First; node is not null; node = node.Next)
            {
                if (node.Value.Key == key)
                {
                    _kept.Remove(node);
                    _kept.AddFirst(node);
                    return node.Value.Grammar;
                }
            }

            return null;
        }
    }

    private void Keep(string key, TextGrammar grammar)
    {
        lock (_gate)
        {
            _kept.AddFirst((key, grammar));
            if (_kept.Count > Most)
            {
                _kept.RemoveLast();
            }
        }
    }
}
