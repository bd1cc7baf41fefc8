using System.Globalization;
using System.Text;

namespace GemmaSharp.Grammar.Patterns;

/// <summary>A place in the text of a regular expression, and errors that name it.</summary>
internal sealed class RegexReader(string text)
{
    public int Place { get; private set; }

    public bool AtEnd => Place == text.Length;

    /// <summary>The next character; NUL at the end.</summary>
    public char Peek => AtEnd ? '\0' : text[Place];

    public bool TryTake(char one)
    {
        if (AtEnd || text[Place] != one)
        {
            return false;
        }

        Place++;
        return true;
    }

    public bool TryTake(string word)
    {
        if (!text.AsSpan(Place).StartsWith(word, StringComparison.Ordinal))
        {
            return false;
        }

        Place += word.Length;
        return true;
    }

    /// <summary>One character of the text, a pair of surrogates as one.</summary>
    public int Take()
    {
        if (AtEnd)
        {
            throw Error("the end", "another character");
        }

        if (!Rune.TryGetRuneAt(text, Place, out Rune rune))
        {
            throw Error("half of a surrogate pair", "a whole character");
        }

        Place += rune.Utf16SequenceLength;
        return rune.Value;
    }

    /// <summary>A whole number of at most nine digits, or null where no digit stands.</summary>
    public int? TakeNumber()
    {
        const int mostDigits = 9;
        int start = Place;
        while (char.IsAsciiDigit(Peek))
        {
            Place++;
        }

        return Place == start ? null
            : Place - start <= mostDigits ? int.Parse(text.AsSpan(start, Place - start), CultureInfo.InvariantCulture)
            : throw Error($"{text[start..Place]}", $"a number of at most {mostDigits} digits");
    }

    public int TakeHex(int digits)
    {
        if (Place + digits > text.Length || !int.TryParse(text.AsSpan(Place, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out int value))
        {
            throw Error($"'{text[Place..int.Min(text.Length, Place + digits)]}'", $"{digits} hexadecimal digits");
        }

        Place += digits;
        return value;
    }

    public void Back(int place) => Place = place;

    public GrammarException Error(string found, string expected) => new($"regex, character {Place + 1}: {found} found, {expected} expected");
}
