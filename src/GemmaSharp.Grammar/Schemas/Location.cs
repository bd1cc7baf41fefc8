using System.Numerics;
using System.Text.Json;

namespace GemmaSharp.Grammar.Schemas;

/// <summary>A schema and where it stands, as a JSON pointer.</summary>
internal sealed record Location(JsonElement Schema, string Pointer)
{
    public Location Child(string name, JsonElement value) => new(value, $"{Pointer}/{name.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal)}");

    /// <summary>A schema below a keyword; it is an object, true or false.</summary>
    public Location Subschema(string name, JsonElement value) =>
        value.ValueKind is JsonValueKind.Object or JsonValueKind.True or JsonValueKind.False ? Child(name, value) : throw Child(name, value).Error(Kind(value), "a schema (an object, true or false)");

    /// <summary>The schemas of a list below a keyword.</summary>
    public IEnumerable<Location> Subschemas(string name, JsonElement value)
    {
        Location list = Child(name, value);
        if (value.ValueKind != JsonValueKind.Array || value.GetArrayLength() == 0)
        {
            throw list.Error(Kind(value), "a list of one schema at least");
        }

        return value.EnumerateArray().Select((one, index) => list.Subschema($"{index}", one));
    }

    /// <summary>The number of characters, items, ... that a keyword gives.</summary>
    public int Count(string name, JsonElement value) =>
        value.ValueKind == JsonValueKind.Number && Exact.TryParse(value.GetRawText(), out Exact number) && number.IsInteger && number.Sign >= 0
            ? (int)BigInteger.Min(number.Floor(), int.MaxValue) : throw Child(name, value).Error(Kind(value), "a whole number from 0");

    public string Text(string name, JsonElement value) => value.ValueKind == JsonValueKind.String ? value.GetString() ?? "" : throw Child(name, value).Error(Kind(value), "a text");

    public GrammarException Error(string found, string expected) => new($"JSON schema, at '{Pointer}': {found} found, {expected} expected");

    public static string Kind(JsonElement value)
    {
        const int most = 40;
        string text = value.GetRawText();
        return value.ValueKind is JsonValueKind.Object or JsonValueKind.Array ? $"a value of kind {value.ValueKind}" : text.Length <= most ? text : $"{text[..most]}...";
    }
}
