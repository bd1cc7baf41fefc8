using GemmaSharp.Grammar.Expressions;

namespace GemmaSharp.Grammar.Patterns;

/// <summary>
/// Reads regular expressions in ECMA-262's notation, without what is not regular: literals, dot, classes, groups, alternatives, greedy and lazy
/// quantifiers (they describe the same texts), and the anchors ^ and $ at the ends of the expression or of its outermost alternatives.
/// </summary>
internal sealed class RegexParser
{
    private const int MostLength = 1 << 15;
    private const int MostDepth = 100;
    private readonly RegexReader _reader;
    private readonly bool _search;
    private int _depth;

    private RegexParser(string pattern, bool search)
    {
        _reader = new RegexReader(pattern);
        _search = search;
        if (pattern.Length > MostLength)
        {
            throw new GrammarException($"regex: {pattern.Length} characters found, at most {MostLength} expected");
        }
    }

    /// <summary>Texts that the expression describes from end to end.</summary>
    public static Expression Whole(string pattern) => new RegexParser(pattern, search: false).Parse();

    /// <summary>Texts in which the expression is found, as JSON Schema's pattern means it.</summary>
    public static Expression Found(string pattern) => new RegexParser(pattern, search: true).Parse();

    private Expression Parse()
    {
        List<Expression> options = [];
        do
        {
            bool begins = _reader.TryTake('^');
            List<Expression> parts = [.. Terms()];
            bool ends = _reader.TryTake('$');
            if (_search && !begins)
            {
                parts.Insert(0, Expression.Anything);
            }

            if (_search && !ends)
            {
                parts.Add(Expression.Anything);
            }

            options.Add(new Sequence(parts));
        }
        while (_reader.TryTake('|'));
        return _reader.AtEnd ? Whole(options) : throw _reader.Error($"'{_reader.Peek}'", _reader.Peek == ')' ? "no group to close" : "the end, as ^ and $ stand at the ends only");
    }

    private static Expression Whole(List<Expression> options) => options.Count == 1 ? options[0] : new Choice(options);

    private IEnumerable<Expression> Terms()
    {
        while (!_reader.AtEnd && _reader.Peek is not ('|' or ')' or '$'))
        {
            yield return Quantified(Atom());
        }
    }

    private Expression Group()
    {
        if (_reader.TryTake('?') && !_reader.TryTake(':'))
        {
            throw _reader.Error($"(?{_reader.Peek}", "a group ( or (?:, as looking around and named groups are not supported");
        }

        if (++_depth > MostDepth)
        {
            throw _reader.Error($"{_depth} groups in each other", $"at most {MostDepth}");
        }

        List<Expression> options = [];
        do
        {
            options.Add(new Sequence([.. Terms()]));
        }
        while (_reader.TryTake('|'));
        if (!_reader.TryTake(')'))
        {
            throw _reader.Error(_reader.AtEnd ? "the end" : $"'{_reader.Peek}' in a group", "')'");
        }

        _depth--;
        return Whole(options);
    }

    private Expression Atom()
    {
        switch (_reader.Peek)
        {
            case '(':
                _reader.Take();
                return Group();
            case '[':
                _reader.Take();
                return new Chars(RegexClass.Read(_reader));
            case '.':
                _reader.Take();
                return new Chars(CharClasses.Dot);
            case '\\':
                _reader.Take();
                return new Chars(RegexClass.Escape(_reader, inClass: false));
            case '*' or '+' or '?' or '{' or '}' or ']' or '^':
                throw _reader.Error($"'{_reader.Peek}'", _reader.Peek == '^' ? "^ at the beginning only" : $"something before it, or \\{_reader.Peek}");
            default:
                return new Chars(CodePointSet.Single(_reader.Take()));
        }
    }

    private Expression Quantified(Expression item)
    {
        (int Min, int? Max)? times = _reader.TryTake('*') ? (0, null) : _reader.TryTake('+') ? (1, null) : _reader.TryTake('?') ? (0, 1) : _reader.TryTake('{') ? Braces() : null;
        if (times is not (int min, var max))
        {
            return item;
        }

        _reader.TryTake('?');
        return new Repetition(item, min, max);
    }

    private (int Min, int? Max) Braces()
    {
        int? min = _reader.TakeNumber(), max = min;
        if (min is not null && _reader.TryTake(','))
        {
            max = _reader.TakeNumber();
        }

        if (min is null || !_reader.TryTake('}'))
        {
            throw _reader.Error(_reader.AtEnd ? "the end" : $"'{_reader.Peek}'", "{n}, {n,} or {n,m}");
        }

        return max is null || max >= min ? (min.Value, max) : throw _reader.Error($"{{{min},{max}}}", "the least times first");
    }
}
