using System.Text.Json;
using GemmaSharp.Grammar.Expressions;
using GemmaSharp.Grammar.Patterns;

namespace GemmaSharp.Grammar.Schemas;

/// <summary>Adds what the keywords of one schema ask for; those that bring in other schemas are the expander's.</summary>
internal static class Keywords
{
    private const string Supported = "a fitting value of type, const, enum, minLength, maxLength, pattern, format, minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf, "
        + "properties, required, additionalProperties, items, prefixItems, minItems, maxItems, $ref, allOf, anyOf or oneOf";

    /// <summary>Keywords that ask nothing of a value.</summary>
    private static readonly HashSet<string> Annotations =
    [
        "$schema", "$id", "$anchor", "$comment", "$defs", "definitions", "title", "description", "default", "example", "examples", "deprecated", "readOnly", "writeOnly", "discriminator",
        "contentMediaType", "contentEncoding",
    ];

    private static readonly HashSet<string> Expanded = ["$ref", "allOf", "anyOf", "oneOf"];

    private static readonly Dictionary<string, JsonTypes> TypeNames = new()
    {
        ["null"] = JsonTypes.Null, ["boolean"] = JsonTypes.Boolean, ["integer"] = JsonTypes.Integer, ["number"] = JsonTypes.Number,
        ["string"] = JsonTypes.Text, ["array"] = JsonTypes.List, ["object"] = JsonTypes.Object,
    };

    public static Constraints Add(Constraints all, Location place)
    {
        HashSet<string> names = [];
        foreach (JsonProperty keyword in place.Schema.EnumerateObject())
        {
            if (!names.Add(keyword.Name))
            {
                throw place.Child(keyword.Name, keyword.Value).Error("the keyword a second time", "one");
            }

            if (!Annotations.Contains(keyword.Name) && !Expanded.Contains(keyword.Name) && !keyword.Name.StartsWith("x-", StringComparison.Ordinal))
            {
                all = Add(all, place, keyword.Name, keyword.Value);
            }
        }

        return AddParts(all, place);
    }

    /// <summary>The only values that a list and earlier lists have both.</summary>
    private static JsonElement[] Common(IReadOnlyList<JsonElement>? before, IEnumerable<JsonElement> values) =>
        before is null ? [.. values] : [.. values.Where(value => before.Any(one => JsonElement.DeepEquals(one, value)))];

    private static Constraints Add(Constraints all, Location place, string name, JsonElement value) => name switch
    {
        "type" => all with { Types = all.Types & Types(place, value), HasTypes = true },
        "const" => all with { Values = Common(all.Values, [value]) },
        "enum" when value.ValueKind == JsonValueKind.Array && value.GetArrayLength() > 0 => all with { Values = Common(all.Values, value.EnumerateArray()) },
        "minLength" => all with { MinLength = int.Max(all.MinLength, place.Count(name, value)), Hinted = all.Hinted | JsonTypes.Text },
        "maxLength" => all with { MaxLength = int.Min(all.MaxLength ?? int.MaxValue, place.Count(name, value)), Hinted = all.Hinted | JsonTypes.Text },
        "pattern" or "format" => all with { Patterns = [.. all.Patterns, Pattern(place, name, value)], Hinted = all.Hinted | JsonTypes.Text },
        "minimum" or "exclusiveMinimum" => all with { Least = Tighter(all.Least, new Bound(Number(place, name, value), name != "minimum"), 1), Hinted = all.Hinted | JsonTypes.Number },
        "maximum" or "exclusiveMaximum" => all with { Most = Tighter(all.Most, new Bound(Number(place, name, value), name != "maximum"), -1), Hinted = all.Hinted | JsonTypes.Number },
        "multipleOf" => all with { Multiples = [.. all.Multiples, Number(place, name, value)], Hinted = all.Hinted | JsonTypes.Number },
        "properties" or "additionalProperties" => all with { Hinted = all.Hinted | JsonTypes.Object },
        "required" => all with { Required = [.. all.Required.Union(Names(place, value))], Hinted = all.Hinted | JsonTypes.Object },
        "items" or "prefixItems" => all with { Hinted = all.Hinted | JsonTypes.List },
        "minItems" => all with { MinItems = int.Max(all.MinItems, place.Count(name, value)), Hinted = all.Hinted | JsonTypes.List },
        "maxItems" => all with { MaxItems = int.Min(all.MaxItems ?? int.MaxValue, place.Count(name, value)), Hinted = all.Hinted | JsonTypes.List },
        "uniqueItems" when value.ValueKind == JsonValueKind.False => all,
        _ => throw place.Child(name, value).Error($"'{name}': {Location.Kind(value)}", Supported),
    };

    private static Constraints AddParts(Constraints all, Location place)
    {
        JsonElement schema = place.Schema;
        if (schema.TryGetProperty("properties", out JsonElement properties) | schema.TryGetProperty("additionalProperties", out JsonElement additional))
        {
            all = all with { Objects = [.. all.Objects, new ObjectPart(Properties(place, properties), Sub(place, "additionalProperties", additional))] };
        }

        if (schema.TryGetProperty("prefixItems", out JsonElement first) | schema.TryGetProperty("items", out JsonElement items))
        {
            Location[] list = first.ValueKind == JsonValueKind.Undefined ? [] : [.. place.Subschemas("prefixItems", first)];
            all = all with { Arrays = [.. all.Arrays, new ArrayPart(list, Sub(place, "items", items))] };
        }

        return all;
    }

    private static Location? Sub(Location place, string name, JsonElement value) => value.ValueKind == JsonValueKind.Undefined ? null : place.Subschema(name, value);

    private static (string, Location)[] Properties(Location place, JsonElement properties)
    {
        if (properties.ValueKind == JsonValueKind.Undefined)
        {
            return [];
        }

        Location all = place.Child("properties", properties);
        if (properties.ValueKind != JsonValueKind.Object)
        {
            throw all.Error(Location.Kind(properties), "an object of schemas");
        }

        (string Name, Location)[] found = [.. properties.EnumerateObject().Select(one => (one.Name, all.Subschema(one.Name, one.Value)))];
        string? twice = found.CountBy(one => one.Name).FirstOrDefault(count => count.Value > 1).Key;
        return twice is null ? found : throw all.Error($"the property '{twice}' twice", "once");
    }

    private static JsonTypes Types(Location place, JsonElement value)
    {
        JsonTypes types = JsonTypes.None;
        foreach (JsonElement one in value.ValueKind == JsonValueKind.Array ? [.. value.EnumerateArray()] : new[] { value })
        {
            types |= one.ValueKind == JsonValueKind.String && TypeNames.TryGetValue(one.GetString() ?? "", out JsonTypes type)
                ? type : throw place.Child("type", value).Error(Location.Kind(one), $"one of {string.Join(", ", TypeNames.Keys)}");
        }

        return types;
    }

    private static IEnumerable<string> Names(Location place, JsonElement value) =>
        value.ValueKind == JsonValueKind.Array ? value.EnumerateArray().Select(one => place.Text("required", one)) : throw place.Child("required", value).Error(Location.Kind(value), "a list of names");

    private static Exact Number(Location place, string name, JsonElement value) =>
        value.ValueKind == JsonValueKind.Number && Exact.TryParse(value.GetRawText(), out Exact number) && (name != "multipleOf" || number.Sign > 0)
            ? number : throw place.Child(name, value).Error(Location.Kind(value), name == "multipleOf" ? "a number over 0" : "a number of at most 100 digits");

    private static Bound Tighter(Bound? before, Bound bound, int direction)
    {
        int order = before is Bound known ? bound.Value.CompareTo(known.Value) * direction : 1;
        return order > 0 || (order == 0 && bound.IsExclusive) ? bound : before ?? bound;
    }

    private static Expression Pattern(Location place, string name, JsonElement value)
    {
        string text = place.Text(name, value);
        if (name == "format")
        {
            return Formats.Find(text) ?? throw place.Child(name, value).Error($"the format '{text}'", $"one of {string.Join(", ", Formats.Names)}");
        }

        try
        {
            return RegexParser.Found(text);
        }
        catch (GrammarException error)
        {
            throw new GrammarException($"JSON schema, at '{place.Child(name, value).Pointer}': {error.Message}", error);
        }
    }
}
