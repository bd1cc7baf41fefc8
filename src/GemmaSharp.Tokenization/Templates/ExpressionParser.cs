namespace GemmaSharp.Tokenization.Templates;

/// <summary>Tokens to expressions, by precedence: if-else, or, and, not, comparison, +-, ~, */, power, sign; what they join is <see cref="OperandParser"/>'s.</summary>
internal sealed class ExpressionParser
{
    private static readonly string[] Comparisons = ["==", "!=", "<", "<=", ">", ">="];
    private readonly TokenCursor _tokens;
    private readonly int _maxDepth;
    private int _depth;

    public ExpressionParser(TokenCursor tokens, int maxDepth)
    {
        _tokens = tokens;
        _maxDepth = maxDepth;
        Operands = new OperandParser(tokens, this);
    }

    /// <summary>Reads values and what follows them.</summary>
    public OperandParser Operands { get; }

    /// <summary>A whole expression; with <paramref name="tuples"/> a bare list with commas is a tuple.</summary>
    public Expression Parse(bool tuples = false, bool conditional = true)
    {
        Expression first = conditional ? Conditional() : Or();
        if (!tuples || !_tokens.IsOperator(","))
        {
            return first;
        }

        List<Expression> items = [first];
        while (_tokens.TakeOperator(","))
        {
            if (_tokens.AtEnd)
            {
                break;
            }

            items.Add(conditional ? Conditional() : Or());
        }

        return new ListExpression(items, IsTuple: true);
    }

    private Expression Conditional()
    {
        if (++_depth > _maxDepth)
        {
            throw new TemplateException(TemplateProblem.Limit, $"line {_tokens.Peek.Line}: expressions nest more than {_maxDepth} deep");
        }

        Expression value = Or();
        while (_tokens.TakeWord("if"))
        {
            Expression test = Or();
            value = new Conditional(test, value, _tokens.TakeWord("else") ? Conditional() : null);
        }

        _depth--;
        return value;
    }

    private Expression Or()
    {
        Expression left = And();
        while (_tokens.TakeWord("or"))
        {
            left = new AndOr(IsAnd: false, left, And());
        }

        return left;
    }

    private Expression And()
    {
        Expression left = Negation();
        while (_tokens.TakeWord("and"))
        {
            left = new AndOr(IsAnd: true, left, Negation());
        }

        return left;
    }

    private Expression Negation()
    {
        int count = 0;
        while (_tokens.TakeWord("not"))
        {
            count++;
        }

        Expression operand = Compared();
        return count == 0 ? operand : count % 2 == 1 ? new Not(operand) : new Not(new Not(operand));
    }

    private Expression Compared()
    {
        Expression left = Sum();
        Expression? chain = null;
        while (true)
        {
            string? name = _tokens.Peek.Kind == TokenKind.Operator && Comparisons.Contains(_tokens.Peek.Value) ? _tokens.Take().Value : null;
            if (name is null && _tokens.TakeWord("in"))
            {
                name = "in";
            }
            else if (name is null && _tokens.Peek is { Kind: TokenKind.Name, Value: "not" } && _tokens.PeekNext is { Kind: TokenKind.Name, Value: "in" })
            {
                _tokens.Take();
                _tokens.Take();
                name = "not in";
            }

            if (name is null)
            {
                return chain ?? left;
            }

            Expression right = Sum();
            Expression link = new Comparison(name, left, right);
            chain = chain is null ? link : new AndOr(IsAnd: true, chain, link);
            left = right;
        }
    }

    private Expression Sum() => LeftToRight(Concatenation, "+", "-");

    private Expression Concatenation() => LeftToRight(Product, "~");

    private Expression Product() => LeftToRight(Signed, "*", "/", "//", "%");

    private Expression LeftToRight(Func<Expression> operand, params string[] names)
    {
        Expression left = operand();
        while (_tokens.Peek.Kind == TokenKind.Operator && names.Contains(_tokens.Peek.Value))
        {
            string name = _tokens.Take().Value;
            left = new Arithmetic(name, left, operand());
        }

        return left;
    }

    private Expression Signed()
    {
        int minuses = 0;
        bool signed = false;
        while (_tokens.IsOperator("-") || _tokens.IsOperator("+"))
        {
            minuses += _tokens.Take().Value == "-" ? 1 : 0;
            signed = true;
        }

        // A sign binds closer than a filter: -3 | abs is 3.
        Expression value = Power(filters: !signed);
        value = minuses % 2 == 1 ? new Minus(value) : value;
        return signed ? Operands.Postfix(value) : value;
    }

    private Expression Power(bool filters)
    {
        Expression left = Operands.Read(filters);
        return _tokens.TakeOperator("**") ? new Arithmetic("**", left, Signed()) : left;
    }
}
