using System.Text;

namespace GemmaSharp.Tokenization.Templates;

/// <summary>How a statement left off.</summary>
internal enum Flow
{
    Next,
    Break,
    Continue,
}

/// <summary>Something that writes or sets.</summary>
internal abstract record Statement
{
    public Flow Execute(Scope scope, StringBuilder output)
    {
        scope.Run.Step();
        return Do(scope, output);
    }

    protected abstract Flow Do(Scope scope, StringBuilder output);
}

internal sealed record TextStatement(string Text) : Statement
{
    protected override Flow Do(Scope scope, StringBuilder output)
    {
        scope.Run.Write(output, Text);
        return Flow.Next;
    }
}

internal sealed record OutputStatement(Expression Value) : Statement
{
    protected override Flow Do(Scope scope, StringBuilder output)
    {
        scope.Run.Write(output, PythonText.Str(Value.Evaluate(scope)));
        return Flow.Next;
    }
}

internal sealed record BlockStatement(IReadOnlyList<Statement> Body) : Statement
{
    /// <summary>What the body writes.</summary>
    public string Render(Scope scope)
    {
        StringBuilder text = new();
        Execute(scope, text);
        return text.ToString();
    }

    protected override Flow Do(Scope scope, StringBuilder output)
    {
        foreach (Statement statement in Body)
        {
            Flow flow = statement.Execute(scope, output);
            if (flow != Flow.Next)
            {
                return flow;
            }
        }

        return Flow.Next;
    }
}

internal sealed record IfStatement(Expression Test, BlockStatement Then, Statement? Otherwise) : Statement
{
    protected override Flow Do(Scope scope, StringBuilder output) =>
        PythonText.Truth(Test.Evaluate(scope)) ? Then.Execute(scope, output) : Otherwise?.Execute(scope, output) ?? Flow.Next;
}

internal sealed record SetStatement(IReadOnlyList<string> Names, Expression Value) : Statement
{
    /// <summary>Gives names their values: one, or as many as the value has items.</summary>
    public static void Assign(IReadOnlyList<string> names, object? value, Scope scope)
    {
        if (names.Count == 1)
        {
            scope.Set(names[0], value);
            return;
        }

        List<object?> items = Members.Items(value);
        if (items.Count != names.Count)
        {
            throw new TemplateException(TemplateProblem.Runtime, $"{items.Count} values for {names.Count} names");
        }

        for (int at = 0; at < names.Count; at++)
        {
            scope.Set(names[at], items[at]);
        }
    }

    protected override Flow Do(Scope scope, StringBuilder output)
    {
        Assign(Names, Value.Evaluate(scope), scope);
        return Flow.Next;
    }
}

internal sealed record SetFieldStatement(string Target, string Field, Expression Value) : Statement
{
    protected override Flow Do(Scope scope, StringBuilder output)
    {
        if (scope.Find(Target) is not NamespaceValue space)
        {
            throw new TemplateException(TemplateProblem.Runtime, $"'{Target}' is no namespace; only namespaces have fields to set");
        }

        space.Fields[Field] = Value.Evaluate(scope);
        return Flow.Next;
    }
}

internal sealed record SetBlockStatement(string Name, Func<Expression, Expression> Filter, BlockStatement Body) : Statement
{
    protected override Flow Do(Scope scope, StringBuilder output)
    {
        scope.Set(Name, Filter(new Literal(Body.Render(scope.Inner()))).Evaluate(scope));
        return Flow.Next;
    }
}

internal sealed record FlowStatement(Flow Kind) : Statement
{
    protected override Flow Do(Scope scope, StringBuilder output) => Kind;
}

internal sealed record MacroStatement(string Name, IReadOnlyList<(string Name, Expression? Default)> Parameters, BlockStatement Body) : Statement
{
    /// <summary>The macro as something to call; it sees the names around its definition.</summary>
    public Callable Bind(Scope definition) => arguments =>
    {
        Scope inner = definition.Inner();
        for (int at = 0; at < Parameters.Count; at++)
        {
            (string name, Expression? missing) = Parameters[at];
            bool given = at < arguments.Positional.Count || arguments.Named.ContainsKey(name);
            inner.Set(name, given ? arguments.Get(at, name) : missing is null ? new Undefined(name) : missing.Evaluate(inner));
        }

        inner.Set("caller", arguments.Get(int.MaxValue, "caller", new Undefined("caller")));
        return Body.Render(inner);
    };

    protected override Flow Do(Scope scope, StringBuilder output)
    {
        scope.Set(Name, Bind(scope));
        return Flow.Next;
    }
}

internal sealed record CallStatement(Call Target, MacroStatement Caller) : Statement
{
    protected override Flow Do(Scope scope, StringBuilder output)
    {
        Expression caller = new Literal(Caller.Bind(scope));
        ArgumentList arguments = Target.Arguments with { Named = [.. Target.Arguments.Named, ("caller", caller)] };
        scope.Run.Write(output, PythonText.Str((Target with { Arguments = arguments }).Evaluate(scope)));
        return Flow.Next;
    }
}
