namespace GemmaSharp.Tokenization;

/// <summary>Finds added tokens in raw text: leftmost first, and among those the longest.</summary>
internal sealed class AddedTokenMatcher
{
    private readonly Dictionary<char, AddedToken[]> _byFirst;

    public AddedTokenMatcher(IEnumerable<AddedToken> tokens) => _byFirst = tokens
        .GroupBy(token => token.Text[0])
        .ToDictionary(group => group.Key, group => group.OrderByDescending(token => token.Text.Length).ToArray());

    /// <summary>The next token from <paramref name="start"/> on; the place is the text's length when there is none.</summary>
    /// <param name="text">Where to look.</param>
    /// <param name="start">From where on.</param>
    /// <param name="typed">Places where no special token begins; null means everywhere.</param>
    /// <param name="place">Where the token begins.</param>
    public AddedToken? Next(ReadOnlySpan<char> text, int start, IReadOnlySet<int>? typed, out int place)
    {
        for (place = start; place < text.Length; place++)
        {
            if (_byFirst.TryGetValue(text[place], out AddedToken[]? candidates))
            {
                foreach (AddedToken candidate in candidates)
                {
                    if (candidate.Special && typed?.Contains(place) != false)
                    {
                        continue;
                    }

                    if (text[place..].StartsWith(candidate.Text, StringComparison.Ordinal))
                    {
                        return candidate;
                    }
                }
            }
        }

        return null;
    }
}
