namespace GemmaSharp.Tokenization.Templates;

/// <summary>Tokens to statements.</summary>
internal sealed class TemplateParser
{
    private readonly TokenCursor _tokens;
    private readonly ExpressionParser _expressions;
    private readonly TemplateLimits _limits;
    private int _depth;

    private TemplateParser(string source, TemplateLimits limits)
    {
        _tokens = new TokenCursor(TemplateLexer.Read(source));
        _expressions = new ExpressionParser(_tokens, limits.Depth);
        _limits = limits;
    }

    public static BlockStatement Parse(string source, TemplateLimits limits)
    {
        TemplateParser parser = new(source, limits);
        BlockStatement all = parser.Body();
        return parser._tokens.Peek.Kind == TokenKind.End ? all : throw parser._tokens.Unexpected();
    }

    // Statements up to one of the words, whose block has been opened and its word taken.
    private BlockStatement Body(params ReadOnlySpan<string> ends)
    {
        if (++_depth > _limits.Depth)
        {
            throw new TemplateException(TemplateProblem.Limit, $"line {_tokens.Peek.Line}: blocks nest more than {_limits.Depth} deep");
        }

        List<Statement> statements = [];
        while (_tokens.Peek.Kind is TokenKind.Text or TokenKind.OutputStart or TokenKind.BlockStart)
        {
            if (_tokens.Peek.Kind == TokenKind.Text)
            {
                statements.Add(new TextStatement(_tokens.Take().Value));
            }
            else if (_tokens.Take().Kind == TokenKind.OutputStart)
            {
                statements.Add(new OutputStatement(_expressions.Parse(tuples: true)));
                _tokens.Expect(TokenKind.OutputEnd);
            }
            else if (ends.Contains(_tokens.Peek.Value))
            {
                _depth--;
                return new BlockStatement(statements);
            }
            else
            {
                statements.Add(Block());
            }
        }

        _depth--;
        return ends.IsEmpty
            ? new BlockStatement(statements)
            : throw new TemplateException(TemplateProblem.Syntax, $"line {_tokens.Peek.Line}: {string.Join(" or ", ends.ToArray())} is missing");
    }

    private Statement Block()
    {
        Token word = _tokens.Take();
        Statement statement = word.Value switch
        {
            "if" => If(),
            "for" => For(),
            "set" => Set(),
            "macro" => Macro(),
            "call" => CallBlock(),
            "break" => new FlowStatement(Flow.Break),
            "continue" => new FlowStatement(Flow.Continue),
            "generation" => Generation(),
            "filter" => FilterBlock(),
            _ => throw TokenCursor.Unexpected(word),
        };
        _tokens.Expect(TokenKind.BlockEnd);
        return statement;
    }

    private IfStatement If()
    {
        Expression test = _expressions.Parse();
        _tokens.Expect(TokenKind.BlockEnd);
        BlockStatement then = Body("elif", "else", "endif");
        string word = _tokens.TakeName();
        if (word == "elif")
        {
            if (++_depth > _limits.Depth)
            {
                throw new TemplateException(TemplateProblem.Limit, $"more than {_limits.Depth} alternatives");
            }

            IfStatement next = If();
            _depth--;
            return new IfStatement(test, then, next);
        }

        return new IfStatement(test, then, word == "else" ? Else("endif") : null);
    }

    private BlockStatement Else(string end)
    {
        _tokens.Expect(TokenKind.BlockEnd);
        BlockStatement otherwise = Body(end);
        _tokens.Take();
        return otherwise;
    }

    private ForStatement For()
    {
        List<string> names = Names();
        if (!_tokens.TakeWord("in"))
        {
            throw _tokens.Unexpected();
        }

        Expression source = _expressions.Parse(tuples: true, conditional: false);
        Expression? filter = _tokens.TakeWord("if") ? _expressions.Parse() : null;
        _tokens.TakeWord("recursive");
        _tokens.Expect(TokenKind.BlockEnd);
        BlockStatement body = Body("else", "endfor");
        return new ForStatement(names, source, filter, body, _tokens.TakeName() == "else" ? Else("endfor") : null);
    }

    private Statement Set()
    {
        List<string> names = Names();
        string? field = names.Count == 1 && _tokens.TakeOperator(".") ? _tokens.TakeName() : null;
        if (_tokens.TakeOperator("="))
        {
            Expression value = _expressions.Parse(tuples: true);
            return field is null ? new SetStatement(names, value) : new SetFieldStatement(names[0], field, value);
        }

        Expression marker = new Literal(null);
        Expression chain = _expressions.Operands.FilterChain(marker);
        _tokens.Expect(TokenKind.BlockEnd);
        BlockStatement body = Body("endset");
        _tokens.Take();
        return new SetBlockStatement(names[0], text => Replace(chain, text), body);
    }

    private BlockStatement FilterBlock()
    {
        string name = _tokens.TakeName();
        Filters.CheckName(name, _tokens.Peek.Line);
        Expression chain = _expressions.Operands.FilterChain(new FilterExpression(
            new Literal(null), name, _tokens.TakeOperator("(") ? _expressions.Operands.Arguments() : ArgumentList.None));
        _tokens.Expect(TokenKind.BlockEnd);
        BlockStatement body = Body("endfilter");
        _tokens.Take();
        const string captured = " filtered";
        return new BlockStatement([new SetBlockStatement(captured, text => Replace(chain, text), body), new OutputStatement(new NameExpression(captured))]);
    }

    private MacroStatement Macro()
    {
        string name = _tokens.TakeName();
        _tokens.ExpectOperator("(");
        return MacroBody(name, Parameters(), "endmacro");
    }

    private CallStatement CallBlock()
    {
        List<(string, Expression?)> parameters = _tokens.TakeOperator("(") ? Parameters() : [];
        Call target = _expressions.Parse() as Call ?? throw _tokens.Unexpected();
        return new CallStatement(target, MacroBody("caller", parameters, "endcall"));
    }

    private MacroStatement MacroBody(string name, List<(string, Expression?)> parameters, string end)
    {
        _tokens.Expect(TokenKind.BlockEnd);
        BlockStatement body = Body(end);
        _tokens.Take();
        if (_tokens.Peek.Kind == TokenKind.Name)
        {
            _tokens.Take();
        }

        return new MacroStatement(name, parameters, body);
    }

    private List<(string Name, Expression? Default)> Parameters()
    {
        List<(string, Expression?)> parameters = [];
        while (!_tokens.TakeOperator(")"))
        {
            string name = _tokens.TakeName();
            parameters.Add((name, _tokens.TakeOperator("=") ? _expressions.Parse() : null));
            if (!_tokens.IsOperator(")"))
            {
                _tokens.ExpectOperator(",");
            }
        }

        return parameters;
    }

    private BlockStatement Generation()
    {
        _tokens.Expect(TokenKind.BlockEnd);
        BlockStatement body = Body("endgeneration");
        _tokens.Take();
        return body;
    }

    private List<string> Names()
    {
        bool parenthesised = _tokens.TakeOperator("(");
        List<string> names = [_tokens.TakeName()];
        while (_tokens.TakeOperator(","))
        {
            names.Add(_tokens.TakeName());
        }

        if (parenthesised)
        {
            _tokens.ExpectOperator(")");
        }

        return names;
    }

    private static Expression Replace(Expression chain, Expression text) =>
        chain is FilterExpression filter ? filter with { Target = Replace(filter.Target, text) } : text;
}
