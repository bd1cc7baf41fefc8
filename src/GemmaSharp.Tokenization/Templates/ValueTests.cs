namespace GemmaSharp.Tokenization.Templates;

/// <summary>What may follow "is".</summary>
internal static class ValueTests
{
    private static readonly HashSet<string> Names =
    [
        "defined", "undefined", "none", "string", "number", "integer", "float", "boolean", "mapping", "iterable", "sequence", "callable",
        "true", "false", "odd", "even", "divisibleby", "upper", "lower", "in", "eq", "equalto", "==", "ne", "lt", "lessthan", "le", "gt", "greaterthan", "ge", "sameas",
    ];

    public static void CheckName(string name, int line)
    {
        if (!Names.Contains(name))
        {
            throw new TemplateException(TemplateProblem.Syntax, $"line {line}: there is no test '{name}'");
        }
    }

    public static bool Apply(string name, object? value, Arguments arguments)
    {
        CheckName(name, 0);
        object? other = arguments.Get(0, "other");
        return name switch
        {
            "defined" => value is not Undefined,
            "undefined" => value is Undefined,
            "none" => value is null,
            "string" => value is string,
            "number" => value is long or double or bool,
            "integer" => value is long,
            "float" => value is double,
            "boolean" => value is bool,
            "mapping" => value is Dictionary<string, object?>,
            "iterable" => value is string or List<object?> or Dictionary<string, object?> or Undefined,
            "sequence" => value is string or List<object?> or Dictionary<string, object?> or Undefined,
            "callable" => value is Callable,
            "true" => value is true,
            "false" => value is false,
            "odd" => Operators.Number(value) is double odd && odd % 2 != 0,
            "even" => Operators.Number(value) is double even && even % 2 == 0,
            "divisibleby" => Operators.Number(value) is double number && Operators.Number(other) is double by && by != 0 && number % by == 0,
            "upper" => value is string text && text.Any(char.IsLetter) && !text.Any(char.IsLower),
            "lower" => value is string text && text.Any(char.IsLetter) && !text.Any(char.IsUpper),
            "in" => Operators.Contains(other, value),
            "eq" or "equalto" or "==" => Operators.Equals(value, other),
            "sameas" => ReferenceEquals(value, other) || (value is not List<object?> && Operators.Equals(value, other)),
            "ne" => !Operators.Equals(value, other),
            "lt" or "lessthan" => Operators.Compare(value, other) < 0,
            "le" => Operators.Compare(value, other) <= 0,
            "gt" or "greaterthan" => Operators.Compare(value, other) > 0,
            _ => Operators.Compare(value, other) >= 0,
        };
    }
}
