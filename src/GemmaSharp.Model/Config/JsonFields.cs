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
        return value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out double number) && number == double.Floor(number)
            && number >= least && number <= most
            ? (int)number
            : throw Wrong(name, value, $"a whole number from {least} to {most}");
    }

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
            number = double.TryParse(value.GetString(), NumberStyles.Float, CultureInfo.InvariantCulture, out double parsed) ? parsed : double.NaN;
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
        return value.ValueKind == JsonValueKind.String ? value.GetString() : throw Wrong(name, value, "text");
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

        JsonElement[] values = Array(name, 64) ?? [];
        int[] numbers = new int[values.Length];
        for (int index = 0; index < values.Length; index++)
        {
            numbers[index] = values[index].ValueKind == JsonValueKind.Number && values[index].TryGetInt32(out int number) && number >= 0 && number <= most
                ? number
                : throw Wrong(name, values[index], $"whole numbers from 0 to {most}");
        }

        return numbers;
    }

    /// <summary>An error about this object.</summary>
    public InvalidDataException Error(string what) => new($"{place}: {what}");

    public InvalidDataException Wrong(string name, JsonElement found, string expected)
    {
        const int longest = 60;
        string text = found.GetRawText().ReplaceLineEndings(" ");
        return Error($"{name} is {(text.Length > longest ? text[..longest] + "..." : text)}, {expected} expected");
    }
}
