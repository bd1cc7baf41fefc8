using System.Globalization;
using System.Text;

namespace GemmaSharp.Tokenization.Templates;

/// <summary>Values as json.dumps writes them: no HTML escapes, and characters beyond ASCII stay unless asked for.</summary>
internal sealed class JsonText(int? indent, string itemSeparator, string keySeparator, bool ensureAscii, bool sortKeys)
{
    private readonly StringBuilder _text = new();

    public static string Write(object? value, Arguments options)
    {
        int? indent = options.Get(0, "indent") is long spaces ? (int)long.Clamp(spaces, 0, 100) : null;
        string item = indent is null ? ", " : ",", key = ": ";
        if (options.Get(99, "separators") is List<object?> { Count: 2 } separators)
        {
            (item, key) = (PythonText.Str(separators[0]), PythonText.Str(separators[1]));
        }

        JsonText writer = new(indent, item, key, PythonText.Truth(options.Get(99, "ensure_ascii")), PythonText.Truth(options.Get(99, "sort_keys")));
        writer.Value(value, 0);
        return writer._text.ToString();
    }

    private void Value(object? value, int depth)
    {
        switch (value)
        {
            case null:
                _text.Append("null");
                break;
            case bool truth:
                _text.Append(truth ? "true" : "false");
                break;
            case long or double:
                _text.Append(PythonText.Repr(value));
                break;
            case string text:
                Quote(text);
                break;
            case List<object?> list:
                Items('[', ']', list.Count, at => Value(list[at], depth + 1), depth);
                break;
            case Dictionary<string, object?> map:
                string[] keys = sortKeys ? [.. map.Keys.Order(StringComparer.Ordinal)] : [.. map.Keys];
                Items('{', '}', keys.Length, at => Pair(keys[at], map[keys[at]], depth + 1), depth);
                break;
            default:
                throw new TemplateException(TemplateProblem.Runtime, $"{PythonText.TypeName(value)} cannot be written as JSON");
        }
    }

    private void Pair(string key, object? value, int depth)
    {
        Quote(key);
        _text.Append(keySeparator);
        Value(value, depth);
    }

    private void Items(char open, char close, int count, Action<int> write, int depth)
    {
        _text.Append(open);
        for (int at = 0; at < count; at++)
        {
            _text.Append(at > 0 ? itemSeparator : "");
            Line(depth + 1);
            write(at);
        }

        if (count > 0)
        {
            Line(depth);
        }

        _text.Append(close);
    }

    private void Line(int depth)
    {
        if (indent is int spaces)
        {
            _text.Append('\n').Append(' ', spaces * depth);
        }
    }

    private void Quote(string text)
    {
        _text.Append('"');
        foreach (char c in text)
        {
            _ = c switch
            {
                '"' => _text.Append("\\\""),
                '\\' => _text.Append("\\\\"),
                '\n' => _text.Append("\\n"),
                '\r' => _text.Append("\\r"),
                '\t' => _text.Append("\\t"),
                '\b' => _text.Append("\\b"),
                '\f' => _text.Append("\\f"),
                _ when c < ' ' || (ensureAscii && c > '~') => _text.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"),
                _ => _text.Append(c),
            };
        }

        _text.Append('"');
    }
}
