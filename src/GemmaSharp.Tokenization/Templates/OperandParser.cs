using System.Globalization;

namespace GemmaSharp.Tokenization.Templates;

/// <summary>Tokens to the operands of expressions: literals, names, lists, maps, parentheses, and the attributes, calls, filters and tests behind them.</summary>
internal sealed class OperandParser(TokenCursor tokens, ExpressionParser expressions)
{
    /// <summary>One operand with all that follows it; without <paramref name="filters"/> filters and tests are left to the caller.</summary>
    public Expression Read(bool filters = true) => Postfix(Primary(), filters);

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
                named.Add((name, expressions.Parse()));
            }
            else
            {
                positional.Add(expressions.Parse());
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

    /// <summary>What follows a value: attributes, subscripts, calls, filters and tests.</summary>
    public Expression Postfix(Expression target, bool filters = true)
    {
        while (true)
        {
            if (tokens.TakeOperator("."))
            {
                target = tokens.Peek.Kind == TokenKind.Number
                    ? new Item(target, Number(tokens.Take()))
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
        Expression? start = tokens.IsOperator(":") ? null : expressions.Parse(tuples: true);
        if (tokens.TakeOperator("]"))
        {
            return new Item(target, start ?? throw tokens.Unexpected());
        }

        tokens.ExpectOperator(":");
        Expression? stop = tokens.IsOperator(":") || tokens.IsOperator("]") ? null : expressions.Parse();
        Expression? step = tokens.TakeOperator(":") && !tokens.IsOperator("]") ? expressions.Parse() : null;
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
            arguments = new ArgumentList([Read()], []);
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

        Expression inner = expressions.Parse(tuples: true);
        tokens.ExpectOperator(")");
        return inner;
    }

    private List<Expression> Items(string close)
    {
        List<Expression> items = [];
        while (!tokens.TakeOperator(close))
        {
            items.Add(expressions.Parse());
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
            Expression key = expressions.Parse();
            tokens.ExpectOperator(":");
            pairs.Add((key, expressions.Parse()));
            if (!tokens.IsOperator("}"))
            {
                tokens.ExpectOperator(",");
            }
        }

        return new MapExpression(pairs);
    }
}
