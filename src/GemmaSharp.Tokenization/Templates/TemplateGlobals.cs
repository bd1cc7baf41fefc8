using System.Globalization;
using System.Text;

namespace GemmaSharp.Tokenization.Templates;

/// <summary>The functions a template finds without being given them.</summary>
internal static class TemplateGlobals
{
    public static void AddTo(Scope scope, TimeProvider clock)
    {
        TemplateLimits limits = scope.Run.Limits;
        scope.Set("raise_exception", (Callable)(arguments => throw new TemplateException(TemplateProblem.Raised, PythonText.Str(arguments.Get(0, "message")))));
        scope.Set("strftime_now", (Callable)(arguments => Time(PythonText.Str(arguments.Get(0, "format")), clock.GetLocalNow().DateTime)));
        scope.Set("namespace", (Callable)Namespace);
        scope.Set("dict", (Callable)Map);
        scope.Set("range", (Callable)(arguments => Range(arguments, limits)));
    }

    /// <summary>A time in C's strftime terms.</summary>
    internal static string Time(string format, DateTime time)
    {
        StringBuilder text = new();
        for (int at = 0; at < format.Length; at++)
        {
            if (format[at] != '%' || at + 1 >= format.Length)
            {
                text.Append(format[at]);
                continue;
            }

            bool bare = format[++at] == '-' && at + 1 < format.Length;
            at += bare ? 1 : 0;
            string part = Part(format[at], time);
            text.Append(bare ? part.TrimStart('0') is { Length: > 0 } trimmed ? trimmed : "0" : part);
        }

        return text.ToString();
    }

    private static string Part(char code, DateTime time)
    {
        int weekOfYear = (time.DayOfYear + 6 - (int)time.DayOfWeek) / 7;
        return code switch
        {
            'Y' => time.ToString("yyyy", CultureInfo.InvariantCulture),
            'y' => time.ToString("yy", CultureInfo.InvariantCulture),
            'm' => time.ToString("MM", CultureInfo.InvariantCulture),
            'd' => time.ToString("dd", CultureInfo.InvariantCulture),
            'b' => time.ToString("MMM", CultureInfo.InvariantCulture),
            'B' => time.ToString("MMMM", CultureInfo.InvariantCulture),
            'a' => time.ToString("ddd", CultureInfo.InvariantCulture),
            'A' => time.ToString("dddd", CultureInfo.InvariantCulture),
            'H' => time.ToString("HH", CultureInfo.InvariantCulture),
            'I' => time.ToString("hh", CultureInfo.InvariantCulture),
            'M' => time.ToString("mm", CultureInfo.InvariantCulture),
            'S' => time.ToString("ss", CultureInfo.InvariantCulture),
            'p' => time.ToString("tt", CultureInfo.InvariantCulture),
            'j' => time.DayOfYear.ToString("000", CultureInfo.InvariantCulture),
            'U' => weekOfYear.ToString("00", CultureInfo.InvariantCulture),
            '%' => "%",
            _ => throw new TemplateException(TemplateProblem.Runtime, $"strftime_now does not know '%{code}'"),
        };
    }

    private static NamespaceValue Namespace(Arguments arguments)
    {
        NamespaceValue space = new();
        foreach ((string name, object? value) in Map(arguments))
        {
            space.Fields[name] = value;
        }

        return space;
    }

    private static Dictionary<string, object?> Map(Arguments arguments)
    {
        Dictionary<string, object?> map = arguments.Get(0, " ") is Dictionary<string, object?> first ? new(first) : [];
        foreach ((string name, object? value) in arguments.Named)
        {
            map[name] = value;
        }

        return map;
    }

    private static List<object?> Range(Arguments arguments, TemplateLimits limits)
    {
        long[] bounds = [.. arguments.Positional.Select(one => one as long? ?? throw new TemplateException(TemplateProblem.Runtime, "range needs whole numbers"))];
        (long start, long stop, long step) = bounds switch
        {
            [long end] => (0, end, 1),
            [long from, long end] => (from, end, 1),
            [long from, long end, long by] when by != 0 => (from, end, by),
            _ => throw new TemplateException(TemplateProblem.Runtime, "range needs one to three whole numbers and a step that is not zero"),
        };
        if (((Int128)stop - start) / step > limits.Length)
        {
            throw new TemplateException(TemplateProblem.Limit, $"a range of more than {limits.Length} numbers");
        }

        List<object?> numbers = [];
        for (Int128 at = start; step > 0 ? at < stop : at > stop; at += step)
        {
            numbers.Add((long)at);
        }

        return numbers;
    }
}
