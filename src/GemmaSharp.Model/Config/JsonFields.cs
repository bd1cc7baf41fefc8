using System.Globalization;
using System.Text.Json;

namespace GemmaSharp.Model.Config;

/// <summary>Reads the fields of a JSON object within bounds; every refusal names file, field, what was found and what is expected.</summary>
internal readonly struct JsonFields(JsonElement element, string place)
{
    /// <summary>The object's own JSON.</summary>
    public JsonElement Element => element;

    /// <summary>Whether the field is there and not null.</summary>
    public bool Has(string name) => element.TryGetProperty(name, out JsonElement value) && value.ValueKind != JsonValueKind.Null;

    /// <summary>Whether the field is there and null.</summary>
    public bool IsNull(string name) => element.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.Null;

    /// <summary>An object inside this one, or null.</summary>
    public JsonFields? Child(string name)
    {
        if (!Has(name))
        {
            return null;
        }

        JsonElement child = element.GetProperty(name);
        return child.ValueKind == JsonValueKind.Object ? new JsonFields(child, $"{place}: {name}") : throw Wrong(name, child, "an object");
    }

    public int Int(string name, int missing, int least, int most)
    {
        if (!Has(name))
        {
            return missing;
        }

        JsonElement value = element.GetProperty(name);
        return Whole(value, least, most) ?? throw Wrong(name, value, $"a whole number from {least} to {most}");
    }

    /// <summary>The whole number that an element is, written with a point or without; null if it is none within the bounds.</summary>
    public static int? Whole(JsonElement value, int least, int most) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out double number) && number == double.Floor(number) && number >= least && number <= most
            ? (int)number
            : null;

    /// <summary>A number; older files write some numbers as text.</summary>
    public double Number(string name, double missing, double least, double most)
    {
        if (!Has(name))
        {
            return missing;
        }

        JsonElement value = element.GetProperty(name);
        double number = double.NaN;
        if (value.ValueKind == JsonValueKind.Number)
        {
            number = value.GetDouble();
        }
        else if (value.ValueKind == JsonValueKind.String)
        {
            number = double.TryParse(Decoded(name, value), NumberStyles.Float, CultureInfo.InvariantCulture, out double parsed) ? parsed : double.NaN;
        }

        return number >= least && number <= most ? number : throw Wrong(name, value, FormattableString.Invariant($"a number from {least} to {most}"));
    }

    public bool Bool(string name, bool missing)
    {
        if (!Has(name))
        {
            return missing;
        }

        JsonElement value = element.GetProperty(name);
        return value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetBoolean() : throw Wrong(name, value, "true or false");
    }

    public string? Text(string name)
    {
        if (!Has(name))
        {
            return null;
        }

        JsonElement value = element.GetProperty(name);
        return value.ValueKind == JsonValueKind.String ? Decoded(name, value) : throw Wrong(name, value, "text");
    }

    /// <summary>The elements of an array, or null when the field is missing.</summary>
    public JsonElement[]? Array(string name, int most)
    {
        if (!Has(name))
        {
            return null;
        }

        JsonElement value = element.GetProperty(name);
        return value.ValueKind == JsonValueKind.Array && value.GetArrayLength() <= most
            ? [.. value.EnumerateArray()]
            : throw Wrong(name, value, $"a list of at most {most}");
    }

    /// <summary>Texts of an array, or null when the field is missing.</summary>
    public string[]? Texts(string name, int most)
    {
        JsonElement[]? values = Array(name, most);
        if (values is null)
        {
            return null;
        }

        string[] texts = new string[values.Length];
        for (int index = 0; index < texts.Length; index++)
        {
            texts[index] = values[index].ValueKind == JsonValueKind.String ? Decoded(name, values[index]) : throw Wrong(name, values[index], "text");
        }

        return texts;
    }

    /// <summary>Numbers of an array of <paramref name="count"/>, or null when the field is missing.</summary>
    public double[]? Numbers(string name, int count, double least, double most)
    {
        JsonElement[]? values = Array(name, count);
        if (values is null)
        {
            return null;
        }

        double[] numbers = new double[count];
        for (int index = 0; index < count; index++)
        {
            numbers[index] = index < values.Length && values[index].ValueKind == JsonValueKind.Number ? values[index].GetDouble() : double.NaN;
            if (!(numbers[index] >= least && numbers[index] <= most))
            {
                throw Wrong(name, element.GetProperty(name), FormattableString.Invariant($"a list of {count} numbers from {least} to {most}"));
            }
        }

        return numbers;
    }

    /// <summary>Whole numbers of an array of <paramref name="count"/>, or null when the field is missing.</summary>
    public int[]? Ints(string name, int count, int least, int most)
    {
        JsonElement[]? values = Array(name, count);
        if (values is null)
        {
            return null;
        }

        int[] numbers = new int[count];
        for (int index = 0; index < count; index++)
        {
            numbers[index] = (index < values.Length ? Whole(values[index], least, most) : null)
                ?? throw Wrong(name, element.GetProperty(name), $"a list of {count} whole numbers from {least} to {most}");
        }

        return numbers;
    }

    /// <summary>One whole number or a list of them.</summary>
    public IReadOnlyList<int>? IntOrList(string name, int most)
    {
        if (!Has(name))
        {
            return null;
        }

        if (element.GetProperty(name).ValueKind == JsonValueKind.Number)
        {
            return [Int(name, 0, 0, most)];
        }

        const int longest = 64;
        JsonElement[] values = Array(name, longest) ?? [];
        if (values.Length == 0)
        {
            throw Wrong(name, element.GetProperty(name), "at least one id");
        }

        int[] numbers = new int[values.Length];
        for (int index = 0; index < values.Length; index++)
        {
            numbers[index] = Whole(values[index], 0, most) ?? throw Wrong(name, values[index], $"whole numbers from 0 to {most}");
        }

        return numbers;
    }

    // A half of a surrogate pair alone passes the parser and fails here.
    private string Decoded(string name, JsonElement value)
    {
        try
        {
            return value.GetString() ?? "";
        }
        catch (InvalidOperationException error)
        {
            throw new InvalidDataException($"{place}: {name} is no valid text", error);
        }
    }

    /// <summary>An error about this object.</summary>
    public InvalidDataException Error(string what) => new($"{place}: {what}");

    /// <summary>An error about a field, with what stands there.</summary>
    public InvalidDataException Wrong(string name, JsonElement found, string expected)
    {
        const int longest = 60;
        string text = Raw(found).ReplaceLineEndings(" ");
        return Error($"{name} is {(text.Length > longest ? text[..longest] + "..." : text)}, {expected} expected");
    }

    private static string Raw(JsonElement found)
    {
        try
        {
            return found.GetRawText();
        }
        catch (InvalidOperationException)
        {
            return "no valid UTF-8";
        }
    }
}
