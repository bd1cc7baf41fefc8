using System.Text;

namespace GemmaSharp.Tokenization.Templates;

/// <summary>What a token is.</summary>
internal enum TokenKind
{
    Text,
    BlockStart,
    BlockEnd,
    OutputStart,
    OutputEnd,
    Name,
    Number,
    String,
    Operator,
    End,
}

/// <summary>A piece of a template's source.</summary>
internal readonly record struct Token(TokenKind Kind, string Value, int Line);

/// <summary>Cuts a template into text and tokens, with trim_blocks and lstrip_blocks as chat templates expect them.</summary>
internal sealed class TemplateLexer(string source)
{
    private static readonly string[] LongOperators = ["==", "!=", "<=", ">=", "//", "**"];
    private readonly List<Token> _tokens = [];
    private int _at;
    private int _line = 1;
    private bool _trimNext;

    public static List<Token> Read(string source) => new TemplateLexer(source.EndsWith('\n') ? source[..^1] : source).ReadAll();

    private List<Token> ReadAll()
    {
        while (_at < source.Length)
        {
            int open = NextTag();
            AddText(_at, open);
            if (open == source.Length)
            {
                break;
            }

            _at = open;
            ReadTag();
        }

        _tokens.Add(new Token(TokenKind.End, "", _line));
        return _tokens;
    }

    private int NextTag()
    {
        for (int at = source.IndexOf('{', _at); at >= 0 && at + 1 < source.Length; at = source.IndexOf('{', at + 1))
        {
            if (source[at + 1] is '{' or '%' or '#')
            {
                return at;
            }
        }

        return source.Length;
    }

    private void AddText(int start, int end)
    {
        string text = source[start..end];
        int lines = text.AsSpan().Count('\n');
        if (_trimNext)
        {
            text = text.TrimStart();
        }

        if (end < source.Length)
        {
            char mark = end + 2 < source.Length ? source[end + 2] : ' ';
            if (mark == '-')
            {
                text = text.TrimEnd();
            }
            else if (source[end + 1] != '{' && mark != '+')
            {
                text = StripLineStart(text, start);
            }
        }

        if (text.Length > 0)
        {
            _tokens.Add(new Token(TokenKind.Text, text, _line));
        }

        _line += lines;
        _trimNext = false;
    }

    // lstrip_blocks: blanks between the start of a line and a block go.
    private string StripLineStart(string text, int start)
    {
        string stripped = text.TrimEnd(' ', '\t');
        bool atLineStart = stripped.EndsWith('\n') || (stripped.Length == 0 && (start == 0 || (source[start - 1] == '\n')));
        return atLineStart ? stripped : text;
    }

    private void ReadTag()
    {
        char kind = source[_at + 1];
        _at += 2;
        if (_at < source.Length && source[_at] is '-' or '+')
        {
            _at++;
        }

        if (kind == '#')
        {
            int close = source.IndexOf("#}", _at, StringComparison.Ordinal);
            int end = close >= 0 ? close : throw Error("a comment is not closed");
            _line += source.AsSpan(_at, end - _at).Count('\n');
            Close(end, source[end - 1] == '-', trimsLine: true);
            return;
        }

        _tokens.Add(new Token(kind == '{' ? TokenKind.OutputStart : TokenKind.BlockStart, "", _line));
        int first = _tokens.Count;
        ReadInside(kind == '{' ? "}}" : "%}", trimsLine: kind == '%');
        if (kind == '%' && _tokens[first] is { Kind: TokenKind.Name, Value: "raw" })
        {
            ReadRaw(first);
        }
    }

    private void ReadInside(string end, bool trimsLine)
    {
        int nesting = 0;
        while (true)
        {
            while (_at < source.Length && char.IsWhiteSpace(source[_at]))
            {
                _line += source[_at++] == '\n' ? 1 : 0;
            }

            bool marked = _at < source.Length && source[_at] is '-' or '+' && string.CompareOrdinal(source, _at + 1, end, 0, 2) == 0;
            if (_at >= source.Length)
            {
                throw Error($"'{end}' is missing");
            }

            if (nesting == 0 && (marked || string.CompareOrdinal(source, _at, end, 0, 2) == 0))
            {
                _tokens.Add(new Token(end == "}}" ? TokenKind.OutputEnd : TokenKind.BlockEnd, "", _line));
                Close(_at + (marked ? 1 : 0), marked && source[_at] == '-', trimsLine && !(marked && source[_at] == '+'));
                return;
            }

            nesting += source[_at] is '{' or '[' or '(' ? 1 : source[_at] is '}' or ']' or ')' ? -1 : 0;
            ReadToken();
        }
    }

    // After the end mark: '-' takes all white space, trim_blocks takes one line break.
    private void Close(int end, bool trims, bool trimsLine)
    {
        _at = end + 2;
        _trimNext = trims;
        if (!trims && trimsLine && _at < source.Length && source[_at] == '\n')
        {
            _at++;
            _line++;
        }
    }

    private void ReadRaw(int first)
    {
        int end = source.IndexOf("endraw", _at, StringComparison.Ordinal);
        int open = end < 0 ? -1 : source.LastIndexOf("{%", end, StringComparison.Ordinal);
        int close = end < 0 ? -1 : source.IndexOf("%}", end, StringComparison.Ordinal);
        if (open < _at || close < 0)
        {
            throw Error("raw is not closed by endraw");
        }

        _tokens.RemoveRange(first - 1, _tokens.Count - first + 1);
        _tokens.Add(new Token(TokenKind.Text, source[_at..open], _line));
        Close(close, source[close - 1] == '-', trimsLine: true);
    }

    private void ReadToken()
    {
        int start = _at;
        char c = source[_at];
        if (c is '\'' or '"')
        {
            ReadString(c);
            return;
        }

        if (char.IsAsciiDigit(c))
        {
            while (_at < source.Length && (char.IsAsciiLetterOrDigit(source[_at]) || source[_at] == '_'
                || (source[_at] == '.' && _at + 1 < source.Length && char.IsAsciiDigit(source[_at + 1]))
                || (source[_at] is '+' or '-' && source[_at - 1] is 'e' or 'E')))
            {
                _at++;
            }

            _tokens.Add(new Token(TokenKind.Number, source[start.._at].Replace("_", "", StringComparison.Ordinal), _line));
            return;
        }

        if (char.IsLetter(c) || c == '_')
        {
            while (_at < source.Length && (char.IsLetterOrDigit(source[_at]) || source[_at] == '_'))
            {
                _at++;
            }

            _tokens.Add(new Token(TokenKind.Name, source[start.._at], _line));
            return;
        }

        string? known = LongOperators.FirstOrDefault(one => string.CompareOrdinal(source, start, one, 0, 2) == 0);
        known ??= "+-*/%~<>=()[]{}.,:|".Contains(c, StringComparison.Ordinal) ? c.ToString() : throw Error($"'{c}' is not expected");
        _at += known.Length;
        _tokens.Add(new Token(TokenKind.Operator, known, _line));
    }

    private void ReadString(char quote)
    {
        StringBuilder text = new();
        for (_at++; _at < source.Length && source[_at] != quote; _at++)
        {
            _line += source[_at] == '\n' ? 1 : 0;
            if (source[_at] == '\\' && _at + 1 < source.Length)
            {
                _at++;
                text.Append(Escape());
            }
            else
            {
                text.Append(source[_at]);
            }
        }

        _at = _at < source.Length ? _at + 1 : throw Error("a string is not closed");
        _tokens.Add(new Token(TokenKind.String, text.ToString(), _line));
    }

    private string Escape()
    {
        int digits = source[_at] switch { 'x' => 2, 'u' => 4, 'U' => 8, _ => 0 };
        if (digits > 0)
        {
            bool valid = _at + digits < source.Length
                & int.TryParse(source.AsSpan(_at + 1, int.Min(digits, source.Length - _at - 1)), System.Globalization.NumberStyles.AllowHexSpecifier, null, out int code);
            if (!valid || code is < 0 or > 0x10FFFF or (>= 0xD800 and < 0xE000))
            {
                throw Error("an escape in a string is malformed");
            }

            _at += digits;
            return char.ConvertFromUtf32(code);
        }

        return source[_at] switch { 'n' => "\n", 't' => "\t", 'r' => "\r", 'b' => "\b", 'f' => "\f", '\n' => "", '\\' or '\'' or '"' => source[_at].ToString(), char other => $"\\{other}" };
    }

    private TemplateException Error(string what) => new(TemplateProblem.Syntax, $"line {_line}: {what}");
}
