using System.Globalization;
using System.Text;
using GemmaSharp.Grammar.Expressions;

namespace GemmaSharp.Grammar.Gbnf;

/// <summary>Words, literals and spaces of a GBNF text, and errors that name the line.</summary>
internal sealed class GbnfReader(string text)
{
    private int _place;

    public bool AtEnd => _place == text.Length;

    public char Peek => AtEnd ? '\0' : text[_place];

    /// <summary>Skips spaces and comments, and ends of lines where a rule may go on.</summary>
    public void Skip(bool lines)
    {
        while (!AtEnd)
        {
            if (text[_place] == '#')
            {
                int end = text.AsSpan(_place).IndexOfAny('\r', '\n');
                _place = end < 0 ? text.Length : _place + end;
            }
            else if (text[_place] is ' ' or '\t' || (lines && text[_place] is '\r' or '\n'))
            {
                _place++;
            }
            else
            {
                return;
            }
        }
    }

    public bool TryTake(string word)
    {
        if (!text.AsSpan(_place).StartsWith(word, StringComparison.Ordinal))
        {
            return false;
        }

        _place += word.Length;
        return true;
    }

    /// <summary>A rule's name, or an empty text.</summary>
    public string Name() => Span(one => char.IsAsciiLetterOrDigit(one) || one is '-' or '_');

    public int Number()
    {
        string digits = Span(char.IsAsciiDigit);
        return int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out int value) ? value : throw Error($"'{digits}'", "a whole number");
    }

    public bool AtDigit => char.IsAsciiDigit(Peek);

    /// <summary>A literal, behind its opening quote.</summary>
    public Expression Literal()
    {
        List<Expression> parts = [];
        while (!TryTake("\""))
        {
            parts.Add(new Chars(CodePointSet.Single(Character())));
        }

        return parts.Count == 1 ? parts[0] : new Sequence(parts);
    }

    /// <summary>A class, behind its opening bracket.</summary>
    public Expression Class()
    {
        bool negated = TryTake("^");
        List<(int, int)> ranges = [];
        while (!TryTake("]"))
        {
            int first = Character(), last = first;
            if (Peek == '-' && _place + 1 < text.Length && text[_place + 1] != ']')
            {
                _place++;
                last = Character();
            }

            ranges.Add(last >= first ? (first, last) : throw Error($"a range from U+{first:X4} down to U+{last:X4}", "a range upwards"));
        }

        CodePointSet set = CodePointSet.Of(ranges);
        return new Chars(negated ? set.Complement() : set);
    }

    public GrammarException Error(string found, string expected) =>
        new($"grammar, line {text.AsSpan(0, _place).Count('\n') + 1}: {found} found, {expected} expected");

    private int Character()
    {
        if (AtEnd || Peek is '\n' or '\r')
        {
            throw Error("the end of the line", "the end of a literal or class");
        }

        if (!Rune.TryGetRuneAt(text, _place, out Rune rune))
        {
            throw Error("half of a surrogate pair", "a whole character");
        }

        _place += rune.Utf16SequenceLength;
        return rune.Value == '\\' ? Escape() : rune.Value;
    }

    private int Escape()
    {
        char letter = Peek;
        _place += AtEnd ? 0 : 1;
        return letter switch
        {
            't' => '\t',
            'n' => '\n',
            'r' => '\r',
            '\\' or '"' or '[' or ']' or '^' or '-' => letter,
            'x' => Hex(2),
            'u' => Hex(4),
            'U' => Hex(8),
            _ => throw Error($"\\{letter}", "one of \\t \\n \\r \\\\ \\\" \\[ \\] \\^ \\- \\xHH \\uHHHH \\UHHHHHHHH"),
        };
    }

    private int Hex(int digits)
    {
        string found = text.Substring(_place, int.Min(digits, text.Length - _place));
        if (found.Length < digits || !uint.TryParse(found, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out uint value) || !Rune.IsValid(value))
        {
            throw Error($"'{found}'", $"{digits} hexadecimal digits of a character");
        }

        _place += digits;
        return (int)value;
    }

    private string Span(Func<char, bool> belongs)
    {
        int start = _place;
        while (!AtEnd && belongs(text[_place]))
        {
            _place++;
        }

        return text[start.._place];
    }
}
