using System.Text;

namespace GemmaSharp.Tokenization.Templates;

/// <summary>Names and values of a block inside those of its surroundings, and what the whole run shares.</summary>
internal sealed class Scope(TemplateRun run, Scope? parent)
{
    private readonly Dictionary<string, object?> _names = [];

    public TemplateRun Run => run;

    public object? Find(string name)
    {
        for (Scope? scope = this; scope is not null; scope = scope.Parent)
        {
            if (scope._names.TryGetValue(name, out object? value))
            {
                return value;
            }
        }

        return new Undefined(name);
    }

    public void Set(string name, object? value) => _names[name] = value;

    public Scope Inner() => new(run, this);

    private Scope? Parent => parent;
}

/// <summary>Counts steps, depth and output of one rendering.</summary>
internal sealed class TemplateRun(TemplateLimits limits)
{
    private int _steps;
    private int _depth;

    public TemplateLimits Limits => limits;

    public void Step()
    {
        if (++_steps > limits.Steps)
        {
            throw new TemplateException(TemplateProblem.Limit, $"the template runs for more than {limits.Steps} steps");
        }
    }

    public void Enter()
    {
        if (++_depth > limits.Depth)
        {
            throw new TemplateException(TemplateProblem.Limit, $"the template calls itself more than {limits.Depth} deep");
        }
    }

    public void Leave() => _depth--;

    public void Write(StringBuilder output, string text)
    {
        output.Append(text);
        if (output.Length > limits.Length)
        {
            throw new TemplateException(TemplateProblem.Limit, $"the template writes more than {limits.Length} characters");
        }
    }

    /// <summary>The value, if it is not longer than allowed.</summary>
    public object? Bounded(object? value)
    {
        int length = value switch { string text => text.Length, List<object?> list => list.Count, _ => 0 };
        return length <= limits.Length ? value : throw new TemplateException(TemplateProblem.Limit, $"a value is longer than {limits.Length}");
    }
}
