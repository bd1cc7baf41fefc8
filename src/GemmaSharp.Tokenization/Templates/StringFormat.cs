using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace GemmaSharp.Tokenization.Templates;

/// <summary>'%s-%d' % (...) and '{} {name}'.format(...), as far as chat templates use them.</summary>
internal static partial class StringFormat
{
    private const int MaxWidth = 1000;

    public static string Percent(string format, List<object?> values)
    {
        int next = 0;
        return Conversions().Replace(format, match =>
        {
            char kind = match.Groups["kind"].Value[0];
            if (kind == '%')
            {
                return "%";
            }

            object? value = next < values.Count ? values[next++] : throw Error("too few values for a format");
            return Pad(Convert(kind, match.Groups["precision"].Value, value), match.Groups["flags"].Value, match.Groups["width"].Value);
        });
    }

    public static string Braces(string format, Arguments arguments)
    {
        int next = 0;
        return Fields().Replace(format, match =>
        {
            string name = match.Groups["name"].Value;
            if (match.Value is "{{" or "}}")
            {
                return match.Value[..1];
            }

            if (name.Length > 0 && !char.IsAsciiDigit(name[0]))
            {
                return PythonText.Str(arguments.Named.TryGetValue(name, out object? named) ? named : throw Error($"no value named '{name}' for a format"));
            }

            int place = name.Length == 0 ? next++ : int.TryParse(name, CultureInfo.InvariantCulture, out int given) ? given : int.MaxValue;
            return PythonText.Str(place < arguments.Positional.Count ? arguments.Positional[place] : throw Error("too few values for a format"));
        });
    }

    private static string Convert(char kind, string precision, object? value)
    {
        int digits = precision.Length > 0 ? int.Min(int.Parse(precision, CultureInfo.InvariantCulture), MaxWidth) : -1;
        return kind switch
        {
            's' => digits >= 0 && PythonText.Str(value) is string text && text.Length > digits ? text[..digits] : PythonText.Str(value),
            'r' => PythonText.Repr(value),
            'd' or 'i' => ((long)double.Truncate(Number(value))).ToString(CultureInfo.InvariantCulture),
            'x' => ((long)Number(value)).ToString("x", CultureInfo.InvariantCulture),
            'f' => Number(value).ToString($"F{(digits < 0 ? 6 : digits)}", CultureInfo.InvariantCulture),
            _ => throw Error($"the conversion '%{kind}' is not supported"),
        };
    }

    private static string Pad(string text, string flags, string width)
    {
        int size = width.Length > 0 ? int.Min(int.Parse(width, CultureInfo.InvariantCulture), MaxWidth) : 0;
        if (flags.Contains('-', StringComparison.Ordinal))
        {
            return text.PadRight(size);
        }

        bool signed = text.StartsWith('-');
        return flags.Contains('0', StringComparison.Ordinal)
            ? new StringBuilder(signed ? "-" : "").Append((signed ? text[1..] : text).PadLeft(size - (signed ? 1 : 0), '0')).ToString()
            : text.PadLeft(size);
    }

    private static double Number(object? value) => Operators.Number(value) ?? throw Error($"a number expected in a format, {PythonText.TypeName(value)} found");

    private static TemplateException Error(string what) => new(TemplateProblem.Runtime, what);

    [GeneratedRegex("%(?<flags>[-0+ ]*)(?<width>[0-9]{0,4})(\\.(?<precision>[0-9]{1,4}))?(?<kind>[a-zA-Z%])")]
    private static partial Regex Conversions();

    [GeneratedRegex("\\{\\{|\\}\\}|\\{(?<name>[A-Za-z0-9_]*)\\}")]
    private static partial Regex Fields();
}
