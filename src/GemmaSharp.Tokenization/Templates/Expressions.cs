namespace GemmaSharp.Tokenization.Templates;

/// <summary>Something with a value.</summary>
internal abstract record Expression
{
    public object? Evaluate(Scope scope)
    {
        scope.Run.Step();
        return scope.Run.Bounded(Value(scope));
    }

    protected abstract object? Value(Scope scope);
}

internal sealed record Literal(object? Constant) : Expression
{
    protected override object? Value(Scope scope) => Constant;
}

internal sealed record NameExpression(string Name) : Expression
{
    protected override object? Value(Scope scope) => scope.Find(Name);
}

internal sealed record ListExpression(IReadOnlyList<Expression> Items, bool IsTuple) : Expression
{
    protected override object? Value(Scope scope)
    {
        IEnumerable<object?> values = Items.Select(item => item.Evaluate(scope));
        return IsTuple ? new TupleValue(values) : new List<object?>(values);
    }
}

internal sealed record MapExpression(IReadOnlyList<(Expression Key, Expression Value)> Pairs) : Expression
{
    protected override object? Value(Scope scope)
    {
        Dictionary<string, object?> map = [];
        foreach ((Expression key, Expression value) in Pairs)
        {
            map[PythonText.Str(key.Evaluate(scope))] = value.Evaluate(scope);
        }

        return map;
    }
}

internal sealed record AndOr(bool IsAnd, Expression Left, Expression Right) : Expression
{
    protected override object? Value(Scope scope)
    {
        object? left = Left.Evaluate(scope);
        return PythonText.Truth(left) == IsAnd ? Right.Evaluate(scope) : left;
    }
}

internal sealed record Not(Expression Operand) : Expression
{
    protected override object? Value(Scope scope) => !PythonText.Truth(Operand.Evaluate(scope));
}

internal sealed record Minus(Expression Operand) : Expression
{
    protected override object? Value(Scope scope) => Operators.Negate(Operand.Evaluate(scope));
}

internal sealed record Comparison(string Name, Expression Left, Expression Right) : Expression
{
    protected override object? Value(Scope scope)
    {
        object? left = Left.Evaluate(scope), right = Right.Evaluate(scope);
        return Name switch
        {
            "==" => Operators.Equals(left, right),
            "!=" => !Operators.Equals(left, right),
            "<" => Operators.Compare(left, right) < 0,
            "<=" => Operators.Compare(left, right) <= 0,
            ">" => Operators.Compare(left, right) > 0,
            ">=" => Operators.Compare(left, right) >= 0,
            "in" => Operators.Contains(right, left),
            _ => !Operators.Contains(right, left),
        };
    }
}

internal sealed record Arithmetic(string Name, Expression Left, Expression Right) : Expression
{
    protected override object? Value(Scope scope)
    {
        object? left = Left.Evaluate(scope), right = Right.Evaluate(scope);
        return Name == "~" ? PythonText.Str(left) + PythonText.Str(right) : Operators.Arithmetic(Name, left, right, scope.Run.Limits);
    }
}

internal sealed record Conditional(Expression Test, Expression Then, Expression? Otherwise) : Expression
{
    protected override object? Value(Scope scope) =>
        PythonText.Truth(Test.Evaluate(scope)) ? Then.Evaluate(scope) : Otherwise is null ? new Undefined("") : Otherwise.Evaluate(scope);
}

internal sealed record Attribute(Expression Target, string Name) : Expression
{
    protected override object? Value(Scope scope) => Members.Get(Target.Evaluate(scope), Name);
}

internal sealed record Item(Expression Target, Expression Key) : Expression
{
    protected override object? Value(Scope scope) => Members.Item(Target.Evaluate(scope), Key.Evaluate(scope));
}

internal sealed record Slice(Expression Target, Expression? Start, Expression? Stop, Expression? Step) : Expression
{
    protected override object? Value(Scope scope) =>
        Members.Slice(Target.Evaluate(scope), Start?.Evaluate(scope), Stop?.Evaluate(scope), Step?.Evaluate(scope));
}

internal sealed record ArgumentList(IReadOnlyList<Expression> Positional, IReadOnlyList<(string Name, Expression Value)> Named)
{
    public static ArgumentList None { get; } = new([], []);

    public Arguments Evaluate(Scope scope) => new(
        [.. Positional.Select(one => one.Evaluate(scope))], Named.ToDictionary(one => one.Name, one => one.Value.Evaluate(scope)));
}

internal sealed record Call(Expression Target, ArgumentList Arguments) : Expression
{
    protected override object? Value(Scope scope)
    {
        object? target = Target is Attribute method ? Members.Method(method.Target.Evaluate(scope), method.Name) : Target.Evaluate(scope);
        if (target is not Callable callable)
        {
            throw new TemplateException(TemplateProblem.Runtime, $"{PythonText.TypeName(target)} cannot be called");
        }

        scope.Run.Enter();
        object? result = callable(Arguments.Evaluate(scope));
        scope.Run.Leave();
        return result;
    }
}

internal sealed record FilterExpression(Expression Target, string Name, ArgumentList Arguments) : Expression
{
    protected override object? Value(Scope scope) => Filters.Apply(Name, Target.Evaluate(scope), Arguments.Evaluate(scope), scope.Run);
}

internal sealed record TestExpression(Expression Target, string Name, ArgumentList Arguments, bool Negated) : Expression
{
    protected override object? Value(Scope scope) => ValueTests.Apply(Name, Target.Evaluate(scope), Arguments.Evaluate(scope)) != Negated;
}
