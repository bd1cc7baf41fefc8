using System.Globalization;

namespace GemmaSharp.Tokenization.Templates;

/// <summary>Tokens to expressions, by precedence: if-else, or, and, not, comparison, +-, ~, */, power, sign, postfix.</summary>
internal sealed class ExpressionParser(TokenCursor tokens, int maxDepth)
{
    private static readonly string[] Comparisons = ["==", "!=", "<", "<=", ">", ">="];
    private int _depth;

    /// <summary>A whole expression; with <paramref name="tuples"/> a bare list with commas is a tuple.</summary>
    public Expression Parse(bool tuples = false, bool conditional = true)
    {
        Expression first = conditional ? Conditional() : Or();
        if (!tuples || !tokens.IsOperator(","))
        {
            return first;
        }

        List<Expression> items = [first];
        while (tokens.TakeOperator(","))
        {
            if (tokens.AtEnd)
            {
                break;
            }

            items.Add(conditional ? Conditional() : Or());
        }

        return new ListExpression(items, IsTuple: true);
    }

    /// <summary>(a, b=c) after its opening parenthesis.</summary>
    public ArgumentList Arguments()
    {
        List<Expression> positional = [];
        List<(string, Expression)> named = [];
        while (!tokens.TakeOperator(")"))
        {
            if (tokens.Peek.Kind == TokenKind.Name && tokens.PeekNext is { Kind: TokenKind.Operator, Value: "=" })
            {
                string name = tokens.TakeName();
                tokens.ExpectOperator("=");
                named.Add((name, Conditional()));
            }
            else
            {
                positional.Add(Conditional());
            }

            if (!tokens.IsOperator(")"))
            {
                tokens.ExpectOperator(",");
            }
        }

        return new ArgumentList(positional, named);
    }

    /// <summary>Filters after a value: | name(...) | name.</summary>
    public Expression FilterChain(Expression target)
    {
        while (tokens.TakeOperator("|"))
        {
            string name = tokens.TakeName();
            Filters.CheckName(name, tokens.Peek.Line);
            target = new FilterExpression(target, name, tokens.TakeOperator("(") ? Arguments() : ArgumentList.None);
        }

        return target;
    }

    private Expression Conditional()
    {
        if (++_depth > maxDepth)
        {
            throw new TemplateException(TemplateProblem.Limit, $"line {tokens.Peek.Line}: expressions nest more than {maxDepth} deep");
        }

        Expression value = Or();
        while (tokens.TakeWord("if"))
        {
            Expression test = Or();
            value = new Conditional(test, value, tokens.TakeWord("else") ? Conditional() : null);
        }

        _depth--;
        return value;
    }

    private Expression Or()
    {
        Expression left = And();
        while (tokens.TakeWord("or"))
        {
            left = new AndOr(IsAnd: false, left, And());
        }

        return left;
    }

    private Expression And()
    {
        Expression left = Negation();
        while (tokens.TakeWord("and"))
        {
            left = new AndOr(IsAnd: true, left, Negation());
        }

        return left;
    }

    private Expression Negation()
    {
        int count = 0;
        while (tokens.TakeWord("not"))
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
            string? name = tokens.Peek.Kind == TokenKind.Operator && Comparisons.Contains(tokens.Peek.Value) ? tokens.Take().Value : null;
            if (name is null && tokens.TakeWord("in"))
            {
                name = "in";
            }
            else if (name is null && tokens.Peek is { Kind: TokenKind.Name, Value: "not" } && tokens.PeekNext is { Kind: TokenKind.Name, Value: "in" })
            {
                tokens.Take();
                tokens.Take();
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
        while (tokens.Peek.Kind == TokenKind.Operator && names.Contains(tokens.Peek.Value))
        {
            string name = tokens.Take().Value;
            left = new Arithmetic(name, left, operand());
        }

        return left;
    }

    private Expression Signed()
    {
        int minuses = 0;
        bool signed = false;
        while (tokens.IsOperator("-") || tokens.IsOperator("+"))
        {
            minuses += tokens.Take().Value == "-" ? 1 : 0;
            signed = true;
        }

        // A sign binds closer than a filter: -3 | abs is 3.
        Expression value = Power(filters: !signed);
        value = minuses % 2 == 1 ? new Minus(value) : value;
        return signed ? Postfix(value) : value;
    }

    private Expression Power(bool filters)
    {
        Expression left = Postfix(Primary(), filters);
        return tokens.TakeOperator("**") ? new Arithmetic("**", left, Signed()) : left;
    }

    private Expression Postfix(Expression target, bool filters = true)
    {
        while (true)
        {
            if (tokens.TakeOperator("."))
            {
                target = tokens.Peek.Kind == TokenKind.Number
                    ? new Item(target, new Literal(long.Parse(tokens.Take().Value, CultureInfo.InvariantCulture)))
                    : new Attribute(target, tokens.TakeName());
            }
            else if (tokens.TakeOperator("["))
            {
                target = Subscript(target);
            }
            else if (tokens.TakeOperator("("))
            {
                target = new Call(target, Arguments());
            }
            else if (filters && tokens.IsOperator("|"))
            {
                target = FilterChain(target);
            }
            else if (filters && tokens.TakeWord("is"))
            {
                target = Test(target);
            }
            else
            {
                return target;
            }
        }
    }

    private Expression Subscript(Expression target)
    {
        Expression? start = tokens.IsOperator(":") ? null : Parse(tuples: true);
        if (tokens.TakeOperator("]"))
        {
            return new Item(target, start ?? throw tokens.Unexpected());
        }

        tokens.ExpectOperator(":");
        Expression? stop = tokens.IsOperator(":") || tokens.IsOperator("]") ? null : Conditional();
        Expression? step = tokens.TakeOperator(":") && !tokens.IsOperator("]") ? Conditional() : null;
        tokens.ExpectOperator("]");
        return new Slice(target, start, stop, step);
    }

    private TestExpression Test(Expression target)
    {
        bool negated = tokens.TakeWord("not");
        string name = tokens.TakeName();
        ValueTests.CheckName(name, tokens.Peek.Line);
        ArgumentList arguments = ArgumentList.None;
        if (tokens.TakeOperator("("))
        {
            arguments = Arguments();
        }
        else if (tokens.Peek.Kind is TokenKind.String or TokenKind.Number
            || (tokens.Peek.Kind == TokenKind.Name && tokens.Peek.Value is not ("else" or "or" or "and" or "if" or "is" or "in" or "not" or "recursive")))
        {
            arguments = new ArgumentList([Postfix(Primary())], []);
        }

        return new TestExpression(target, name, arguments, negated);
    }

    private Expression Primary()
    {
        Token token = tokens.Take();
        return token switch
        {
            { Kind: TokenKind.String } => new Literal(Strings(token.Value)),
            { Kind: TokenKind.Number } => Number(token),
            { Kind: TokenKind.Name, Value: "true" or "True" } => new Literal(true),
            { Kind: TokenKind.Name, Value: "false" or "False" } => new Literal(false),
            { Kind: TokenKind.Name, Value: "none" or "None" } => new Literal(null),
            { Kind: TokenKind.Name } => new NameExpression(token.Value),
            { Kind: TokenKind.Operator, Value: "(" } => Parenthesis(),
            { Kind: TokenKind.Operator, Value: "[" } => new ListExpression(Items("]"), IsTuple: false),
            { Kind: TokenKind.Operator, Value: "{" } => Map(),
            _ => throw TokenCursor.Unexpected(token),
        };
    }

    private string Strings(string first)
    {
        while (tokens.Peek.Kind == TokenKind.String)
        {
            first += tokens.Take().Value;
        }

        return first;
    }

    private static Literal Number(Token token)
    {
        if (long.TryParse(token.Value, NumberStyles.None, CultureInfo.InvariantCulture, out long whole))
        {
            return new Literal(whole);
        }

        return double.TryParse(token.Value, NumberStyles.Float, CultureInfo.InvariantCulture, out double number)
            ? new Literal(number)
            : throw TokenCursor.Unexpected(token);
    }

    private Expression Parenthesis()
    {
        if (tokens.TakeOperator(")"))
        {
            return new ListExpression([], IsTuple: true);
        }

        Expression inner = Parse(tuples: true);
        tokens.ExpectOperator(")");
        return inner;
    }

    private List<Expression> Items(string close)
    {
        List<Expression> items = [];
        while (!tokens.TakeOperator(close))
        {
            items.Add(Conditional());
            if (!tokens.IsOperator(close))
            {
                tokens.ExpectOperator(",");
            }
        }

        return items;
    }

    private MapExpression Map()
    {
        List<(Expression, Expression)> pairs = [];
        while (!tokens.TakeOperator("}"))
        {
            Expression key = Conditional();
            tokens.ExpectOperator(":");
            pairs.Add((key, Conditional()));
            if (!tokens.IsOperator("}"))
            {
                tokens.ExpectOperator(",");
            }
        }

        return new MapExpression(pairs);
    }
}
