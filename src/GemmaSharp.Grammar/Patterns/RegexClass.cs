using GemmaSharp.Grammar.Expressions;

namespace GemmaSharp.Grammar.Patterns;

/// <summary>Classes in brackets and escapes of regular expressions.</summary>
internal static class RegexClass
{
    /// <summary>A class, behind its opening bracket.</summary>
    public static CodePointSet Read(RegexReader reader)
    {
        bool negated = reader.TryTake('^');
        List<CodePointSet> sets = [];
        while (!reader.TryTake(']'))
        {
            CodePointSet first = Item(reader);
            int place = reader.Place;
            if (!reader.TryTake('-') || reader.Peek == ']')
            {
                reader.Back(place);
                sets.Add(first);
                continue;
            }

            CodePointSet last = Item(reader);
            sets.Add(Range(reader, first, last));
        }

        CodePointSet all = CodePointSet.Union(sets);
        return negated ? all.Complement() : all;
    }

    /// <summary>What stands behind a backslash.</summary>
    public static CodePointSet Escape(RegexReader reader, bool inClass)
    {
        int value = reader.Take();
        char letter = value < char.MaxValue ? (char)value : '\0';
        if (CharClasses.Named(letter) is CodePointSet named)
        {
            return named;
        }

        int control = letter == 'b' && inClass ? '\b' : CharClasses.Control(letter);
        if (control >= 0 && !(letter == '0' && char.IsAsciiDigit(reader.Peek)))
        {
            return CodePointSet.Single(control);
        }

        if (letter is 'x' or 'u')
        {
            return CodePointSet.Single(Hex(reader, letter));
        }

        return char.IsAsciiLetterOrDigit(letter)
            ? throw reader.Error($"\\{letter}", @"one of \d \D \w \W \s \S \t \n \r \f \v \0 \xHH \uHHHH \u{H} or an escaped sign")
            : CodePointSet.Single(value);
    }

    private static CodePointSet Item(RegexReader reader) =>
        reader.TryTake('\\') ? Escape(reader, inClass: true) : CodePointSet.Single(reader.AtEnd ? throw reader.Error("the end", "']'") : reader.Take());

    private static CodePointSet Range(RegexReader reader, CodePointSet first, CodePointSet last)
    {
        if (Single(first) is int low && Single(last) is int high && low <= high)
        {
            return CodePointSet.Of((low, high));
        }

        throw reader.Error("a range between classes or downwards", "a range from one character up to another, or \\-");
    }

    private static int? Single(CodePointSet set) => set.Ranges is [(int first, int last)] && first == last ? first : null;

    private static int Hex(RegexReader reader, char letter)
    {
        const int pairOffset = 0x10000, highBits = 10;
        int value = letter == 'x' ? reader.TakeHex(2) : reader.TryTake('{') ? Braced(reader) : reader.TakeHex(4);
        if (value is >= 0xD800 and < 0xDC00 && reader.TryTake("\\u"))
        {
            int low = reader.TakeHex(4);
            value = low is >= 0xDC00 and < 0xE000 ? pairOffset + ((value - 0xD800) << highBits) + low - 0xDC00 : value;
        }

        return value is >= 0xD800 and < 0xE000 or > 0x10FFFF ? throw reader.Error($"the value {value:X}", "a character") : value;
    }

    private static int Braced(RegexReader reader)
    {
        const int mostDigits = 6;
        int start = reader.Place, digits = 0;
        while (char.IsAsciiHexDigit(reader.Peek))
        {
            reader.Take();
            digits++;
        }

        reader.Back(start);
        int value = reader.TakeHex(int.Clamp(digits, 1, mostDigits));
        return reader.TryTake('}') ? value : throw reader.Error($"'{reader.Peek}'", "'}'");
    }
}
