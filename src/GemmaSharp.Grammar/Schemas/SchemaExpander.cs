using System.Text.Json;

namespace GemmaSharp.Grammar.Schemas;

/// <summary>Turns schemas that hold together into alternatives without $ref, allOf, anyOf and oneOf.</summary>
internal sealed class SchemaExpander(JsonElement root)
{
    private const int MostAlternatives = 1 << 10;
    private const int MostReferences = 64;
    private const int MostSteps = 100_000;
    private readonly HashSet<string> _open = [];
    private int _steps;

    public IReadOnlyList<Constraints> Expand(IReadOnlyList<Location> schemas)
    {
        List<Constraints> all = [new Constraints { Place = schemas[0] }];
        foreach (Location schema in schemas)
        {
            all = Each(all, one => Add(one, schema), schema);
        }

        return [.. all.Where(one => one.Allowed != JsonTypes.None)];
    }

    private static JsonElement? Keyword(Location place, string name) => place.Schema.TryGetProperty(name, out JsonElement value) ? value : null;

    private List<Constraints> Add(Constraints one, Location place)
    {
        if (place.Schema.ValueKind != JsonValueKind.Object)
        {
            return place.Schema.ValueKind == JsonValueKind.True ? [one] : [];
        }

        if (++_steps > MostSteps)
        {
            throw place.Error($"more than {MostSteps} schemas put together", "a smaller schema");
        }

        List<Constraints> all = [Keywords.Add(one, place)];
        if (Keyword(place, "$ref") is JsonElement reference)
        {
            all = Refer(all, place, place.Text("$ref", reference));
        }

        foreach (Location part in Keyword(place, "allOf") is JsonElement parts ? place.Subschemas("allOf", parts) : [])
        {
            all = Each(all, known => Add(known, part), part);
        }

        if (Keyword(place, "anyOf") is JsonElement options)
        {
            Location[] list = [.. place.Subschemas("anyOf", options)];
            all = Each(all, known => [.. list.SelectMany(option => Add(known, option))], place);
        }

        return Keyword(place, "oneOf") is JsonElement single ? Each(all, known => OneOf(known, place, [.. place.Subschemas("oneOf", single)]), place) : all;
    }

    private List<Constraints> OneOf(Constraints known, Location place, Location[] options)
    {
        List<Constraints>[] lists = [.. options.Select(option => Add(known, option))];
        for (int first = 0; first < lists.Length; first++)
        {
            for (int second = first + 1; second < lists.Length; second++)
            {
                if (lists[first].Any(one => lists[second].Any(other => !Disjoint.Are(one, other, this))))
                {
                    throw place.Error($"oneOf whose schemas {first} and {second} may both hold", "schemas told apart by type, by values, or by a required property with different values; or anyOf");
                }
            }
        }

        return [.. lists.SelectMany(list => list)];
    }

    private List<Constraints> Refer(List<Constraints> all, Location place, string reference)
    {
        Location target = Resolve(place, reference);
        if (_open.Count >= MostReferences || !_open.Add(target.Pointer))
        {
            throw place.Error($"$ref '{reference}' that leads back to itself or over {MostReferences} others", "a $ref to a schema below a property or an item");
        }

        all = Each(all, one => Add(one, target), place);
        _open.Remove(target.Pointer);
        return all;
    }

    private Location Resolve(Location place, string reference)
    {
        if (reference != "#" && !reference.StartsWith("#/", StringComparison.Ordinal))
        {
            throw place.Error($"$ref '{reference}'", "'#' or a pointer within this schema, '#/...'");
        }

        Location target = new(root, "#");
        foreach (string part in reference.Split('/').Skip(1))
        {
            string name = Uri.UnescapeDataString(part).Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal);
            JsonElement next = default;
            bool found = target.Schema.ValueKind switch
            {
                JsonValueKind.Object => target.Schema.TryGetProperty(name, out next),
                JsonValueKind.Array => int.TryParse(name, out int index) && index >= 0 && index < target.Schema.GetArrayLength() && (next = target.Schema[index]).ValueKind >= 0,
                _ => false,
            };
            target = found ? target.Child(name, next) : throw place.Error($"$ref '{reference}' to nothing", "a pointer to a schema");
        }

        return target.Subschema("", target.Schema) with { Pointer = target.Pointer };
    }

    private static List<Constraints> Each(List<Constraints> all, Func<Constraints, List<Constraints>> step, Location place)
    {
        List<Constraints> found = [];
        foreach (Constraints one in all)
        {
            found.AddRange(step(one));
            if (found.Count > MostAlternatives)
            {
                throw place.Error($"more than {MostAlternatives} alternatives", "fewer anyOf and oneOf that hold together");
            }
        }

        return found;
    }
}
