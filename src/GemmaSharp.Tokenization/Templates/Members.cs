namespace GemmaSharp.Tokenization.Templates;

/// <summary>Attributes, items, slices and methods of values. Names with a leading underscore do not exist.</summary>
internal static class Members
{
    public static object? Get(object? target, string name)
    {
        if (name.StartsWith('_'))
        {
            throw new TemplateException(TemplateProblem.Runtime, $"attribute '{name}' is not to be had");
        }

        return target switch
        {
            Undefined undefined => throw new TemplateException(TemplateProblem.Runtime, $"'{undefined.Name}' is undefined"),
            Dictionary<string, object?> map when map.TryGetValue(name, out object? value) => value,
            NamespaceValue space when space.Fields.TryGetValue(name, out object? value) => value,
            _ => new Undefined(name),
        };
    }

    public static object? Item(object? target, object? key) => (target, key) switch
    {
        (Dictionary<string, object?> map, string name) => map.TryGetValue(name, out object? value) ? value : new Undefined(name),
        (List<object?> list, long at) => At(list.Count, at) is int place ? list[place] : new Undefined("item"),
        (string text, long at) => At(text.Length, at) is int place ? text[place].ToString() : new Undefined("item"),
        (_, string name) => Get(target, name),
        (Undefined undefined, _) => throw new TemplateException(TemplateProblem.Runtime, $"'{undefined.Name}' is undefined"),
        _ => new Undefined("item"),
    };

    public static object? Slice(object? target, object? start, object? stop, object? step)
    {
        long by = step is null ? 1 : step as long? ?? throw NotWhole(step);
        int length = target switch
        {
            string text => text.Length,
            List<object?> list => list.Count,
            _ => throw new TemplateException(TemplateProblem.Runtime, $"{PythonText.TypeName(target)} cannot be sliced"),
        };
        if (by == 0)
        {
            throw new TemplateException(TemplateProblem.Runtime, "a slice steps by zero");
        }

        long first = Bound(start, by > 0 ? 0 : length - 1, by, length), end = Bound(stop, by > 0 ? length : -1, by, length);
        List<int> places = [];
        for (long at = first; by > 0 ? at < end : at > end; at += by)
        {
            places.Add((int)at);
        }

        return target switch
        {
            string text => string.Concat(places.Select(place => text[place])),
            TupleValue tuple => new TupleValue(places.Select(place => tuple[place])),
            List<object?> list => new List<object?>(places.Select(place => list[place])),
            _ => null,
        };
    }

    /// <summary>A method bound to its value, or an attribute that can be called.</summary>
    public static object? Method(object? target, string name)
    {
        object? own = target is Dictionary<string, object?> map && StringMethods.IsMapMethod(name) && !map.ContainsKey(name) ? null : Get(target, name);
        if (own is Callable)
        {
            return own;
        }

        Callable? method = target switch
        {
            string text => StringMethods.Find(text, name),
            Dictionary<string, object?> values => StringMethods.Find(values, name),
            _ => null,
        };
        return method ?? own ?? throw new TemplateException(TemplateProblem.Runtime, $"{PythonText.TypeName(target)} has no method '{name}'");
    }

    /// <summary>What a loop or a filter goes through.</summary>
    public static List<object?> Items(object? value) => value switch
    {
        List<object?> list => list,
        string text => [.. text.EnumerateRunes().Select(rune => (object?)rune.ToString())],
        Dictionary<string, object?> map => [.. map.Keys],
        Undefined => [],
        _ => throw new TemplateException(TemplateProblem.Runtime, $"{PythonText.TypeName(value)} cannot be gone through"),
    };

    private static int? At(int length, long at)
    {
        long place = at < 0 ? at + length : at;
        return place >= 0 && place < length ? (int)place : null;
    }

    private static long Bound(object? value, long missing, long step, int length)
    {
        if (value is null)
        {
            return missing;
        }

        long bound = value as long? ?? throw NotWhole(value);
        bound = bound < 0 ? bound + length : bound;
        return step > 0 ? long.Clamp(bound, 0, length) : long.Clamp(bound, -1, length - 1);
    }

    private static TemplateException NotWhole(object? value) =>
        new(TemplateProblem.Runtime, $"a slice needs whole numbers, {PythonText.TypeName(value)} found");
}
