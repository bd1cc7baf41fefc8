namespace GemmaSharp.Tokenization.Templates;

/// <summary>The value of a name that is not there: it prints as nothing, and asking it for anything fails.</summary>
internal sealed record Undefined(string Name);

/// <summary>A Python tuple: a list that prints with parentheses.</summary>
internal sealed class TupleValue(IEnumerable<object?> items) : List<object?>(items);

/// <summary>A Jinja namespace: the one value that a template may change.</summary>
internal sealed class NamespaceValue
{
    public Dictionary<string, object?> Fields { get; } = [];
}

/// <summary>Something to call, with positional and named arguments.</summary>
internal delegate object? Callable(Arguments arguments);

/// <summary>The arguments of a call, filter or test.</summary>
internal sealed record Arguments(List<object?> Positional, Dictionary<string, object?> Named)
{
    public static Arguments None => new([], []);

    /// <summary>An argument by place or name, or the default.</summary>
    public object? Get(int place, string name, object? missing = null) =>
        place < Positional.Count ? Positional[place] : Named.TryGetValue(name, out object? value) ? value : missing;
}
