namespace GemmaSharp.Tokenization.Templates;

/// <summary>The methods of strings and maps.</summary>
internal static class StringMethods
{
    public static bool IsMapMethod(string name) => name is "get" or "items" or "keys" or "values";

    public static Callable? Find(Dictionary<string, object?> map, string name) => name switch
    {
        "get" => arguments => arguments.Get(0, "key") is string key && map.TryGetValue(key, out object? value) ? value : arguments.Get(1, "default"),
        "items" => _ => new List<object?>(map.Select(pair => (object?)new TupleValue([pair.Key, pair.Value]))),
        "keys" => _ => new List<object?>(map.Keys),
        "values" => _ => new List<object?>(map.Values),
        _ => null,
    };

    public static Callable? Find(string text, string name) => name switch
    {
        "strip" => arguments => PythonText.Strip(text, Optional(arguments, 0)),
        "lstrip" => arguments => PythonText.Strip(text, Optional(arguments, 0), right: false),
        "rstrip" => arguments => PythonText.Strip(text, Optional(arguments, 0), left: false),
        "split" => arguments => Split(text, Optional(arguments, 0, "sep"), Count(arguments, 1, "maxsplit"), fromRight: false),
        "rsplit" => arguments => Split(text, Optional(arguments, 0, "sep"), Count(arguments, 1, "maxsplit"), fromRight: true),
        "splitlines" => _ => new List<object?>(text.ReplaceLineEndings("\n").TrimEnd('\n').Split('\n')),
        "startswith" => arguments => Any(arguments, part => text.StartsWith(part, StringComparison.Ordinal)),
        "endswith" => arguments => Any(arguments, part => text.EndsWith(part, StringComparison.Ordinal)),
        "replace" => arguments => Replace(text, Required(arguments, 0), Required(arguments, 1), Count(arguments, 2, "count")),
        "find" => arguments => (long)text.IndexOf(Required(arguments, 0), StringComparison.Ordinal),
        "count" => arguments => (long)text.Split(Required(arguments, 0)).Length - 1,
        "join" => arguments => string.Join(text, Members.Items(arguments.Get(0, "items")).Select(PythonText.Str)),
        "lower" => _ => text.ToLowerInvariant(),
        "upper" => _ => text.ToUpperInvariant(),
        "title" => _ => PythonText.Title(text),
        "capitalize" => _ => PythonText.Capitalize(text),
        "isdigit" => _ => text.Length > 0 && text.All(char.IsDigit),
        "isalpha" => _ => text.Length > 0 && text.All(char.IsLetter),
        "isspace" => _ => text.Length > 0 && text.All(PythonText.IsSpace),
        "format" => arguments => StringFormat.Braces(text, arguments),
        _ => null,
    };

    /// <summary>str.replace with a bound on how often; negative means always.</summary>
    public static string Replace(string text, string old, string with, long count)
    {
        if (count < 0)
        {
            return old.Length == 0
                ? with + string.Concat(text.Select(c => c + with))
                : text.Replace(old, with, StringComparison.Ordinal);
        }

        for (int at = 0; count > 0 && old.Length > 0 && (at = text.IndexOf(old, at, StringComparison.Ordinal)) >= 0; count--, at += with.Length)
        {
            text = string.Concat(text.AsSpan(0, at), with, text.AsSpan(at + old.Length));
        }

        return text;
    }

    private static List<object?> Split(string text, string? separator, long most, bool fromRight)
    {
        if (separator?.Length == 0)
        {
            throw new TemplateException(TemplateProblem.Runtime, "split needs a separator that is not empty");
        }

        List<string> parts = separator is null
            ? [.. text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)]
            : [.. text.Split(separator)];
        int keep = most < 0 || most >= parts.Count ? parts.Count : (int)most + 1;
        if (keep == parts.Count)
        {
            return [.. parts];
        }

        string glue = separator ?? " ";
        return fromRight
            ? [string.Join(glue, parts[..(parts.Count - keep + 1)]), .. parts[(parts.Count - keep + 1)..]]
            : [.. parts[..(keep - 1)], string.Join(glue, parts[(keep - 1)..])];
    }

    private static bool Any(Arguments arguments, Func<string, bool> matches) =>
        arguments.Get(0, "prefix") is TupleValue several ? several.Any(one => matches(PythonText.Str(one))) : matches(Required(arguments, 0));

    private static string? Optional(Arguments arguments, int place, string name = "chars") => arguments.Get(place, name) as string;

    private static string Required(Arguments arguments, int place) => arguments.Get(place, "value") as string
        ?? throw new TemplateException(TemplateProblem.Runtime, $"argument {place + 1} of a string method must be a string");

    private static long Count(Arguments arguments, int place, string name) => arguments.Get(place, name) as long? ?? -1;
}
