using System.Globalization;

namespace GemmaSharp.Tokenization.Templates;

/// <summary>What may follow "|".</summary>
internal static class Filters
{
    private static readonly HashSet<string> Names =
    [
        "trim", "upper", "lower", "title", "capitalize", "replace", "string", "safe", "escape", "e", "int", "float", "abs", "round", "length", "count",
        "first", "last", "list", "join", "map", "select", "reject", "selectattr", "rejectattr", "default", "d", "tojson", "items", "dictsort", "sort",
        "unique", "reverse", "sum", "min", "max", "indent", "wordcount", "format",
    ];

    public static void CheckName(string name, int line)
    {
        if (!Names.Contains(name))
        {
            throw new TemplateException(TemplateProblem.Syntax, $"line {line}: there is no filter '{name}'");
        }
    }

    public static object? Apply(string name, object? value, Arguments arguments, TemplateRun run)
    {
        CheckName(name, 0);
        return name switch
        {
            "trim" => PythonText.Strip(PythonText.Str(value), arguments.Get(0, "chars") as string),
            "upper" => PythonText.Str(value).ToUpperInvariant(),
            "lower" => PythonText.Str(value).ToLowerInvariant(),
            "title" => PythonText.Title(PythonText.Str(value), digitsJoin: true),
            "capitalize" => PythonText.Capitalize(PythonText.Str(value).ToLowerInvariant()),
            "replace" => StringMethods.Replace(
                PythonText.Str(value), PythonText.Str(arguments.Get(0, "old")), PythonText.Str(arguments.Get(1, "new")), arguments.Get(2, "count") as long? ?? -1),
            "string" or "safe" => PythonText.Str(value),
            "escape" or "e" => Escape(PythonText.Str(value)),
            "int" => ToInt(value, arguments),
            "float" => ToFloat(value) ?? arguments.Get(0, "default", 0.0),
            "abs" => value is long whole ? (object)long.Abs(whole) : double.Abs(Operators.Number(value) ?? throw NotNumber(value)),
            "round" => Round(value, arguments),
            "default" or "d" => value is Undefined || (PythonText.Truth(arguments.Get(1, "boolean")) && !PythonText.Truth(value)) ? arguments.Get(0, "default_value", "") : value,
            "tojson" => value is Undefined ? throw NotNumber(value) : JsonText.Write(value, arguments),
            "indent" => Indent(PythonText.Str(value), arguments),
            "wordcount" => (long)PythonText.Str(value).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Length,
            "format" => StringFormat.Percent(PythonText.Str(value), arguments.Positional),
            _ => ListFilters.Apply(name, value, arguments, run),
        };
    }

    private static object? ToInt(object? value, Arguments arguments) => value switch
    {
        long => value,
        string text when long.TryParse(text.Trim(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number) => number,
        _ => ToFloat(value) is double number && double.Abs(number) < long.MaxValue ? (long)number : arguments.Get(0, "default", 0L),
    };

    private static double? ToFloat(object? value) => value is string text
        ? double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double parsed) ? parsed : null
        : Operators.Number(value);

    private static double Round(object? value, Arguments arguments)
    {
        double scale = double.Pow(10, arguments.Get(0, "precision") as long? ?? 0);
        double number = (Operators.Number(value) ?? throw NotNumber(value)) * scale;
        return (arguments.Get(1, "method") as string) switch
        {
            "ceil" => double.Ceiling(number) / scale,
            "floor" => double.Floor(number) / scale,
            _ => double.Round(number, MidpointRounding.ToEven) / scale,
        };
    }

    private static string Indent(string text, Arguments arguments)
    {
        object? width = arguments.Get(0, "width", 4L);
        string margin = width is string given ? given : new string(' ', (int)long.Clamp(width as long? ?? 4, 0, 1000));
        bool first = PythonText.Truth(arguments.Get(1, "first")), blank = PythonText.Truth(arguments.Get(2, "blank"));
        string[] lines = text.Split('\n');
        for (int line = 0; line < lines.Length; line++)
        {
            bool margined = line == 0 ? first : blank || lines[line].Length > 0;
            lines[line] = margined ? margin + lines[line] : lines[line];
        }

        return string.Join('\n', lines);
    }

    private static string Escape(string text) => text
        .Replace("&", "&amp;", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal).Replace(">", "&gt;", StringComparison.Ordinal)
        .Replace("\"", "&#34;", StringComparison.Ordinal).Replace("'", "&#39;", StringComparison.Ordinal);

    private static TemplateException NotNumber(object? value) =>
        new(TemplateProblem.Runtime, $"{PythonText.TypeName(value)} does not suit this filter");
}
