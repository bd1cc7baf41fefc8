using System.Collections;
using System.Globalization;
using System.Text;

namespace GemmaSharp.Tokenization.Templates;

/// <summary>Values as Python writes and judges them.</summary>
internal static class PythonText
{
    /// <summary>str(value).</summary>
    public static string Str(object? value) => value switch
    {
        string text => text,
        Undefined => "",
        _ => Repr(value),
    };

    /// <summary>repr(value).</summary>
    public static string Repr(object? value) => value switch
    {
        null => "None",
        Undefined => "Undefined",
        bool truth => truth ? "True" : "False",
        long number => number.ToString(CultureInfo.InvariantCulture),
        double number => Float(number),
        string text => Quote(text),
        TupleValue tuple => tuple.Count == 1 ? $"({Repr(tuple[0])},)" : $"({string.Join(", ", tuple.Select(Repr))})",
        List<object?> list => $"[{string.Join(", ", list.Select(Repr))}]",
        Dictionary<string, object?> map => $"{{{string.Join(", ", map.Select(pair => $"{Quote(pair.Key)}: {Repr(pair.Value)}"))}}}",
        _ => $"<{TypeName(value)}>",
    };

    /// <summary>The name of a value's type, for messages.</summary>
    public static string TypeName(object? value) => value switch
    {
        null => "NoneType",
        Undefined => "Undefined",
        bool => "bool",
        long => "int",
        double => "float",
        string => "str",
        TupleValue => "tuple",
        List<object?> => "list",
        Dictionary<string, object?> => "dict",
        NamespaceValue => "namespace",
        _ => "function",
    };

    /// <summary>bool(value).</summary>
    public static bool Truth(object? value) => value switch
    {
        null or Undefined => false,
        bool truth => truth,
        long number => number != 0,
        double number => number != 0,
        string text => text.Length > 0,
        ICollection items => items.Count > 0,
        _ => true,
    };

    /// <summary>Python's white space: Unicode's, and the separators U+001C to U+001F.</summary>
    public static bool IsSpace(char c) => char.IsWhiteSpace(c) || c is >= '\u001C' and <= '\u001F';

    /// <summary>str.strip and its one-sided forms; a null set of characters means white space.</summary>
    public static string Strip(string text, string? characters, bool left = true, bool right = true)
    {
        int start = 0, end = text.Length;
        while (left && start < end && Goes(text[start]))
        {
            start++;
        }

        while (right && end > start && Goes(text[end - 1]))
        {
            end--;
        }

        return text[start..end];

        bool Goes(char c) => characters is null ? IsSpace(c) : characters.Contains(c, StringComparison.Ordinal);
    }

    /// <summary>str.title: the first letter of every run of letters in upper case, the rest in lower; Jinja's filter also joins digits.</summary>
    public static string Title(string text, bool digitsJoin = false)
    {
        StringBuilder titled = new();
        bool inside = false;
        foreach (char c in text)
        {
            titled.Append(inside ? char.ToLowerInvariant(c) : char.ToUpperInvariant(c));
            inside = char.IsLetter(c) || (digitsJoin && char.IsDigit(c));
        }

        return titled.ToString();
    }

    /// <summary>str.capitalize.</summary>
    public static string Capitalize(string text) => text.Length == 0 ? text : char.ToUpperInvariant(text[0]) + text[1..].ToLowerInvariant();

    private static string Float(double number)
    {
        if (!double.IsFinite(number))
        {
            return double.IsNaN(number) ? "nan" : number > 0 ? "inf" : "-inf";
        }

        double magnitude = double.Abs(number);
        string text = number.ToString("R", CultureInfo.InvariantCulture);
        if (magnitude is 0 or (>= 1e-4 and < 1e16))
        {
            text = text.Contains('E', StringComparison.Ordinal) ? number.ToString("F20", CultureInfo.InvariantCulture).TrimEnd('0') : text;
            return text.Contains('.', StringComparison.Ordinal) ? (text.EndsWith('.') ? text + "0" : text) : text + ".0";
        }

        int exponentAt = text.IndexOf('E', StringComparison.Ordinal);
        if (exponentAt < 0)
        {
            text = number.ToString("0.################E+00", CultureInfo.InvariantCulture);
            exponentAt = text.IndexOf('E', StringComparison.Ordinal);
        }

        int exponent = int.Parse(text.AsSpan(exponentAt + 1), CultureInfo.InvariantCulture);
        return $"{text[..exponentAt]}e{(exponent < 0 ? "-" : "+")}{int.Abs(exponent).ToString("00", CultureInfo.InvariantCulture)}";
    }

    private static string Quote(string text)
    {
        char quote = text.Contains('\'', StringComparison.Ordinal) && !text.Contains('"', StringComparison.Ordinal) ? '"' : '\'';
        StringBuilder quoted = new();
        quoted.Append(quote);
        foreach (char c in text)
        {
            string written = c switch
            {
                '\n' => "\\n",
                '\r' => "\\r",
                '\t' => "\\t",
                '\\' => "\\\\",
                _ when c == quote => $"\\{c}",
                _ when char.IsControl(c) => string.Create(CultureInfo.InvariantCulture, $"\\x{(int)c:x2}"),
                _ => c.ToString(),
            };
            quoted.Append(written);
        }

        return quoted.Append(quote).ToString();
    }
}
