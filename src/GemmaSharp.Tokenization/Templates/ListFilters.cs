namespace GemmaSharp.Tokenization.Templates;

/// <summary>Filters that go through a value's items.</summary>
internal static class ListFilters
{
    public static object? Apply(string name, object? value, Arguments arguments, TemplateRun run) => name switch
    {
        "length" or "count" => value is string text ? text.EnumerateRunes().LongCount() : (long)Members.Items(value).Count,
        "first" => First(Members.Items(value)),
        "last" => First(((IEnumerable<object?>)Members.Items(value)).Reverse()),
        "list" => new List<object?>(Members.Items(value)),
        "join" => Join(value, arguments),
        "map" => Map(Members.Items(value), arguments, run),
        "select" or "reject" => Where(Members.Items(value), name == "select", 0, arguments, one => one),
        "selectattr" or "rejectattr" => Where(Members.Items(value), name == "selectattr", 1, arguments, one => ByPath(one, arguments.Get(0, "attribute"))),
        "items" => value is Dictionary<string, object?> map ? Pairs(map) : new List<object?>(),
        "dictsort" => value is Dictionary<string, object?> map
            ? new List<object?>(Pairs(map).OrderBy(pair => PythonText.Str(Members.Item(pair, 0L)), StringComparer.OrdinalIgnoreCase))
            : throw new TemplateException(TemplateProblem.Runtime, $"dictsort of {PythonText.TypeName(value)}"),
        "sort" => Sort(Members.Items(value), arguments),
        "unique" => Unique(Members.Items(value)),
        "reverse" => value is string text ? string.Concat(text.EnumerateRunes().Reverse()) : new List<object?>(((IEnumerable<object?>)Members.Items(value)).Reverse()),
        "sum" => Members.Items(value).Aggregate(arguments.Get(1, "start", 0L), (sum, one) => Operators.Arithmetic("+", sum, one, run.Limits)),
        "min" => First(Sort(Members.Items(value), Arguments.None)),
        _ => First(((IEnumerable<object?>)Sort(Members.Items(value), Arguments.None)).Reverse()),
    };

    private static object? First(IEnumerable<object?> items)
    {
        foreach (object? item in items)
        {
            return item;
        }

        return new Undefined("item");
    }

    private static List<object?> Pairs(Dictionary<string, object?> map) => [.. map.Select(pair => new TupleValue([pair.Key, pair.Value]))];

    private static string Join(object? value, Arguments arguments)
    {
        object? attribute = arguments.Get(1, "attribute");
        return string.Join(PythonText.Str(arguments.Get(0, "d", "")), Members.Items(value).Select(one => PythonText.Str(attribute is null ? one : ByPath(one, attribute))));
    }

    private static List<object?> Map(List<object?> items, Arguments arguments, TemplateRun run)
    {
        if (arguments.Named.TryGetValue("attribute", out object? attribute))
        {
            return [.. items.Select(one => ByPath(one, attribute) is Undefined && arguments.Named.TryGetValue("default", out object? missing) ? missing : ByPath(one, attribute))];
        }

        string name = PythonText.Str(arguments.Get(0, "filter"));
        Arguments rest = new([.. arguments.Positional.Skip(1)], arguments.Named);
        return [.. items.Select(one => Filters.Apply(name, one, rest, run))];
    }

    private static List<object?> Where(List<object?> items, bool keep, int skip, Arguments arguments, Func<object?, object?> what)
    {
        string? test = arguments.Positional.Count > skip ? PythonText.Str(arguments.Positional[skip]) : null;
        Arguments rest = new([.. arguments.Positional.Skip(skip + 1)], []);
        return [.. items.Where(one => (test is null ? PythonText.Truth(what(one)) : ValueTests.Apply(test, what(one), rest)) == keep)];
    }

    private static List<object?> Sort(List<object?> items, Arguments arguments)
    {
        object? attribute = arguments.Get(2, "attribute");
        bool matchCase = PythonText.Truth(arguments.Get(1, "case_sensitive"));
        Comparer<object?> order = Comparer<object?>.Create((a, b) => Operators.Compare(Key(a), Key(b)));
        return PythonText.Truth(arguments.Get(0, "reverse")) ? [.. items.OrderDescending(order)] : [.. items.Order(order)];

        object? Key(object? item)
        {
            object? key = attribute is null ? item : ByPath(item, attribute);
            return key is string text && !matchCase ? text.ToLowerInvariant() : key;
        }
    }

    private static List<object?> Unique(List<object?> items)
    {
        List<object?> unique = [];
        foreach (object? item in items)
        {
            if (!unique.Any(one => Operators.Equals(one, item)))
            {
                unique.Add(item);
            }
        }

        return unique;
    }

    // a.b.0 as one path
    private static object? ByPath(object? value, object? path)
    {
        if (path is not string text)
        {
            return Members.Item(value, path);
        }

        foreach (string name in text.Split('.'))
        {
            value = long.TryParse(name, System.Globalization.CultureInfo.InvariantCulture, out long at) ? Members.Item(value, at) : Members.Get(value, name);
        }

        return value;
    }
}
