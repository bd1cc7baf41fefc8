using GemmaSharp.Grammar.Expressions;
using GemmaSharp.Grammar.Networks;

namespace GemmaSharp.Grammar.Gbnf;

/// <summary>Reads llama.cpp's notation of grammars: rules name ::= ..., literals, classes, groups, | and the counts * + ? {n,m}; the rule root is the whole text.</summary>
internal sealed class GbnfParser
{
    private const int MostLength = 1 << 20;
    private const int MostDepth = 100;

    /// <summary>Rules that may be open at once; expressions in parentheses take several each.</summary>
    private const int MostOpenRules = 1024;
    private readonly GbnfReader _reader;
    private readonly NetworkBuilder _network = new();
    private readonly Dictionary<string, int> _rules = [];
    private int _depth;

    private GbnfParser(string text)
    {
        if (text.Length > MostLength)
        {
            throw new GrammarException($"grammar: {text.Length} characters found, at most {MostLength} expected");
        }

        _reader = new GbnfReader(text);
    }

    /// <exception cref="GrammarException">What is wrong, and in which line.</exception>
    public static Network Parse(string text) => new GbnfParser(text).Parse();

    private Network Parse()
    {
        ExpressionEmitter emitter = ExpressionEmitter.Plain(_network);
        for (_reader.Skip(lines: true); !_reader.AtEnd; _reader.Skip(lines: true))
        {
            string name = _reader.Name();
            if (name.Length == 0)
            {
                throw _reader.Error($"'{_reader.Peek}'", "the name of a rule");
            }

            _reader.Skip(lines: false);
            if (!_reader.TryTake("::="))
            {
                throw _reader.Error($"'{_reader.Peek}' behind {name}", "::=");
            }

            int rule = Rule(name);
            if (_network.IsDefined(rule))
            {
                throw _reader.Error($"a second rule '{name}'", "one");
            }

            _network.DefineRule(rule, emitter.Emit(Alternatives(nested: false), NetworkBuilder.Return));
            if (!_reader.AtEnd && _reader.Peek is not ('\r' or '\n'))
            {
                throw _reader.Error($"'{_reader.Peek}' in rule {name}", "the end of the line");
            }
        }

        return _rules.TryGetValue("root", out int root) ? _network.Build(root, MostOpenRules) : throw new GrammarException("grammar: no rule 'root' found, root ::= ... expected");
    }

    private int Rule(string name)
    {
        if (!_rules.TryGetValue(name, out int rule))
        {
            _rules[name] = rule = _network.DeclareRule(name);
        }

        return rule;
    }

    private Expression Alternatives(bool nested)
    {
        List<Expression> options = [];
        do
        {
            _reader.Skip(lines: true);
            options.Add(Sequence(nested));
        }
        while (_reader.TryTake("|"));
        return options.Count == 1 ? options[0] : new Choice(options);
    }

    private Sequence Sequence(bool nested)
    {
        List<Expression> parts = [];
        while (Element() is Expression element)
        {
            parts.Add(Quantified(element));
            _reader.Skip(lines: nested);
        }

        return new Sequence(parts);
    }

    private Expression? Element()
    {
        if (_reader.TryTake("\""))
        {
            return _reader.Literal();
        }

        if (_reader.TryTake("["))
        {
            return _reader.Class();
        }

        if (_reader.TryTake("."))
        {
            return new Chars(CodePointSet.Any);
        }

        if (_reader.TryTake("("))
        {
            return Group();
        }

        return _reader.Name() is { Length: > 0 } name ? new Reference(Rule(name)) : null;
    }

    private Expression Group()
    {
        if (++_depth > MostDepth)
        {
            throw _reader.Error($"{_depth} groups in each other", $"at most {MostDepth}");
        }

        Expression inside = Alternatives(nested: true);
        _depth--;
        return _reader.TryTake(")") ? inside : throw _reader.Error(_reader.AtEnd ? "the end" : $"'{_reader.Peek}'", "')'");
    }

    private Expression Quantified(Expression item) =>
        _reader.TryTake("*") ? new Repetition(item, 0, null)
        : _reader.TryTake("+") ? new Repetition(item, 1, null)
        : _reader.TryTake("?") ? new Repetition(item, 0, 1)
        : _reader.TryTake("{") ? Counted(item)
        : item;

    private Repetition Counted(Expression item)
    {
        int min = _reader.AtDigit ? _reader.Number() : 0;
        int? max = min;
        if (_reader.TryTake(","))
        {
            max = _reader.AtDigit ? _reader.Number() : null;
        }

        if (!_reader.TryTake("}"))
        {
            throw _reader.Error($"'{_reader.Peek}'", "'}'");
        }

        return max is null || max >= min ? new Repetition(item, min, max) : throw _reader.Error($"{{{min},{max}}}", "the least times first");
    }
}
