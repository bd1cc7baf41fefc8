namespace GemmaSharp.Tokenization.Templates;

/// <summary>Python's operators on template values.</summary>
internal static class Operators
{
    public static new bool Equals(object? left, object? right)
    {
        if (Number(left) is double a && Number(right) is double b)
        {
            return a == b;
        }

        return (left, right) switch
        {
            (null, null) => true,
            (Undefined, Undefined) => true,
            (string one, string other) => one == other,
            (List<object?> one, List<object?> other) => one.Count == other.Count && one.Zip(other).All(pair => Equals(pair.First, pair.Second)),
            (Dictionary<string, object?> one, Dictionary<string, object?> other) => one.Count == other.Count
                && one.All(pair => other.TryGetValue(pair.Key, out object? value) && Equals(pair.Value, value)),
            _ => false,
        };
    }

    public static int Compare(object? left, object? right)
    {
        if (Number(left) is double a && Number(right) is double b)
        {
            return a.CompareTo(b);
        }

        return left is string one && right is string other ? string.CompareOrdinal(one, other) : throw Mismatch("<", left, right);
    }

    public static bool Contains(object? container, object? item) => container switch
    {
        string text when item is string part => text.Contains(part, StringComparison.Ordinal),
        List<object?> list => list.Any(one => Equals(one, item)),
        Dictionary<string, object?> map => item is string key && map.ContainsKey(key),
        _ => throw new TemplateException(TemplateProblem.Runtime, $"'in' needs something to look in, {PythonText.TypeName(container)} found"),
    };

    public static object? Arithmetic(string name, object? left, object? right, TemplateLimits limits)
    {
        switch (name, left, right)
        {
            case ("+", string one, string other):
                return one + other;
            case ("+", List<object?> one, List<object?> other):
                return new List<object?>([.. one, .. other]);
            case ("*", string text, long or bool):
                return Repeat(text, (long)(Number(right) ?? 0), limits);
            case ("*", List<object?> list, long or bool):
                return Repeat(list, (long)(Number(right) ?? 0), limits);
            case ("%", string format, _):
                return StringFormat.Percent(format, right is TupleValue tuple ? tuple : [right]);
        }

        if (Number(left) is not double a || Number(right) is not double b)
        {
            throw Mismatch(name, left, right);
        }

        return left is double || right is double || name == "/" ? Floating(name, a, b) : Whole(name, Convert.ToInt64(left, null), Convert.ToInt64(right, null));
    }

    public static object? Negate(object? value) => value switch
    {
        long number => (object)-number,
        double number => -number,
        bool truth => truth ? -1L : 0L,
        _ => throw new TemplateException(TemplateProblem.Runtime, $"minus of {PythonText.TypeName(value)}"),
    };

    /// <summary>The value as a number, or null.</summary>
    public static double? Number(object? value) => value switch
    {
        long number => number,
        double number => number,
        bool truth => truth ? 1 : 0,
        _ => null,
    };

    private static double Floating(string name, double a, double b) => name switch
    {
        "+" => a + b,
        "-" => a - b,
        "*" => a * b,
        "/" => b == 0 ? throw DivisionByZero() : a / b,
        "//" => b == 0 ? throw DivisionByZero() : double.Floor(a / b),
        "%" => b == 0 ? throw DivisionByZero() : a - (b * double.Floor(a / b)),
        _ => double.Pow(a, b),
    };

    private static object Whole(string name, long a, long b)
    {
        try
        {
            return name switch
            {
                "+" => (object)checked(a + b),
                "-" => checked(a - b),
                "*" => checked(a * b),
                "//" => b == 0 ? throw DivisionByZero() : checked(a / b) - (a % b != 0 && (a < 0) != (b < 0) ? 1 : 0),
                "%" => b == 0 ? throw DivisionByZero() : b == -1 ? 0L : ((a % b) + b) % b,
                _ => b < 0 ? (object)double.Pow(a, b) : Power(a, b),
            };
        }
        catch (OverflowException)
        {
            throw new TemplateException(TemplateProblem.Limit, "a whole number is beyond 64 bits");
        }
    }

    private static long Power(long value, long exponent)
    {
        long result = 1;
        while (exponent > 0)
        {
            result = (exponent & 1) != 0 ? checked(result * value) : result;
            exponent >>= 1;
            value = exponent > 0 ? checked(value * value) : value;
        }

        return result;
    }

    private static string Repeat(string text, long times, TemplateLimits limits)
    {
        CheckLength(text.Length, times, limits);
        return string.Concat(Enumerable.Repeat(text, (int)long.Max(times, 0)));
    }

    private static List<object?> Repeat(List<object?> list, long times, TemplateLimits limits)
    {
        CheckLength(list.Count, times, limits);
        return [.. Enumerable.Repeat(list, (int)long.Max(times, 0)).SelectMany(one => one)];
    }

    private static void CheckLength(long length, long times, TemplateLimits limits)
    {
        if (times > limits.Length || length * times > limits.Length)
        {
            throw new TemplateException(TemplateProblem.Limit, $"a repeated value would be longer than {limits.Length}");
        }
    }

    private static TemplateException DivisionByZero() => new(TemplateProblem.Runtime, "division by zero");

    private static TemplateException Mismatch(string name, object? left, object? right) =>
        new(TemplateProblem.Runtime, $"'{name}' does not go with {PythonText.TypeName(left)} and {PythonText.TypeName(right)}");
}
