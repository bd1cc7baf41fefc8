using System.Text;

namespace GemmaSharp.Tokenization.Templates;

/// <summary>A loop with its "loop" variable, its filter and its else.</summary>
internal sealed record ForStatement(IReadOnlyList<string> Names, Expression Source, Expression? Filter, BlockStatement Body, BlockStatement? Otherwise) : Statement
{
    protected override Flow Do(Scope scope, StringBuilder output)
    {
        List<object?> items = [.. Members.Items(Source.Evaluate(scope)).Where(item => Passes(item, scope))];
        if (items.Count == 0)
        {
            return Otherwise?.Execute(scope.Inner(), output) ?? Flow.Next;
        }

        object? last = new Undefined("changed");
        for (int index = 0; index < items.Count; index++)
        {
            Scope inner = scope.Inner();
            SetStatement.Assign(Names, items[index], inner);
            inner.Set("loop", LoopVariable(items, index, value =>
            {
                bool changed = !Operators.Equals(last, value);
                last = value;
                return changed;
            }));
            if (Body.Execute(inner, output) == Flow.Break)
            {
                break;
            }
        }

        return Flow.Next;
    }

    private bool Passes(object? item, Scope scope)
    {
        if (Filter is null)
        {
            return true;
        }

        Scope inner = scope.Inner();
        SetStatement.Assign(Names, item, inner);
        return PythonText.Truth(Filter.Evaluate(inner));
    }

    private static Dictionary<string, object?> LoopVariable(List<object?> items, int index, Func<object?, bool> changed) => new()
    {
        ["index"] = index + 1L,
        ["index0"] = (long)index,
        ["revindex"] = (long)items.Count - index,
        ["revindex0"] = (long)items.Count - index - 1,
        ["first"] = index == 0,
        ["last"] = index == items.Count - 1,
        ["length"] = (long)items.Count,
        ["previtem"] = index > 0 ? items[index - 1] : new Undefined("previtem"),
        ["nextitem"] = index + 1 < items.Count ? items[index + 1] : new Undefined("nextitem"),
        ["cycle"] = (Callable)(arguments => arguments.Positional.Count == 0 ? null : arguments.Positional[index % arguments.Positional.Count]),
        ["changed"] = (Callable)(arguments => changed(new List<object?>(arguments.Positional))),
    };
}
