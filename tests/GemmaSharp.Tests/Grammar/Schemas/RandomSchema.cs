using System.Text.Json;
using System.Text.Json.Nodes;

namespace GemmaSharp.Tests.Grammar.Schemas;

/// <summary>Schemas drawn at random out of every supported keyword.</summary>
internal sealed class RandomSchema(Random random)
{
    private const int MostDepth = 3;
    private static readonly string[] Patterns = ["^[a-c]{1,4}$", "b.", "^(x|yz)*$", "[0-9]+", "^[^a]{2,30}$", "\"|\\\\"];
    private static readonly string[] Formats = ["date", "time", "date-time", "duration", "email", "hostname", "ipv4", "ipv6", "uuid", "uri"];
    private static readonly string[] Names = ["a", "b", "name", "é\"x", "c/~"];

    public string Draw()
    {
        JsonObject schema = Any(0);
        schema["$defs"] = new JsonObject { ["tree"] = JsonNode.Parse("""{ "type": "object", "properties": { "v": { "type": "integer" }, "kids": { "type": "array", "items": { "$ref": "#/$defs/tree" }, "maxItems": 3 } }, "required": ["v"] }""") };
        return schema.ToJsonString();
    }

    private bool Maybe() => random.Next(2) == 0;

    private JsonObject Any(int depth) => random.Next(depth < MostDepth ? 12 : 6) switch
    {
        0 => Text(),
        1 => Number(),
        2 => new JsonObject { ["type"] = Maybe() ? "boolean" : new JsonArray("null", "boolean") },
        3 => new JsonObject { ["enum"] = new JsonArray("a", 1, null, "aa\n", new JsonObject { ["k"] = new JsonArray(1.5, "é") }) },
        4 => new JsonObject { ["const"] = Maybe() ? "only" : 12 },
        5 => new JsonObject { ["$ref"] = "#/$defs/tree" },
        6 or 7 => List(depth + 1),
        8 => new JsonObject { ["anyOf"] = new JsonArray(Any(depth + 1), Any(depth + 1)) },
        9 => new JsonObject { ["allOf"] = new JsonArray(Object(depth + 1), Object(depth + 1)) },
        _ => Object(depth + 1),
    };

    private JsonObject Text()
    {
        JsonObject schema = new() { ["type"] = "string" };
        if (random.Next(4) == 0)
        {
            schema["format"] = Formats[random.Next(Formats.Length)];
            return schema;
        }

        if (Maybe())
        {
            schema["pattern"] = Patterns[random.Next(Patterns.Length)];
        }

        if (Maybe())
        {
            schema["minLength"] = random.Next(5);
            schema["maxLength"] = 3 + random.Next(60);
        }

        return schema;
    }

    private JsonObject Number()
    {
        bool whole = Maybe();
        JsonObject schema = new() { ["type"] = whole ? "integer" : "number" };
        if (Maybe())
        {
            schema[Maybe() ? "minimum" : "exclusiveMinimum"] = decimal.Round((decimal)((random.NextDouble() - 0.5) * random.Next(2000)), random.Next(4));
        }

        if (Maybe())
        {
            schema[Maybe() ? "maximum" : "exclusiveMaximum"] = decimal.Round((decimal)((random.NextDouble() - 0.3) * random.Next(2000)), random.Next(4));
        }

        if (random.Next(3) == 0)
        {
            schema["multipleOf"] = whole || Maybe() ? 2 + random.Next(12) : Maybe() ? 0.1m : 0.01m;
        }

        return schema;
    }

    private JsonObject List(int depth)
    {
        JsonObject schema = new() { ["type"] = "array", ["items"] = Any(depth) };
        if (random.Next(3) == 0)
        {
            schema["prefixItems"] = new JsonArray(Any(depth), Any(depth));
        }

        if (Maybe())
        {
            schema["minItems"] = random.Next(3);
            schema["maxItems"] = 2 + random.Next(30);
        }

        return schema;
    }

    private JsonObject Object(int depth)
    {
        JsonObject properties = [];
        JsonArray required = [];
        foreach (string name in Names.Where(_ => Maybe()))
        {
            properties[name] = Any(depth);
            if (Maybe())
            {
                required.Add(name);
            }
        }

        JsonObject schema = new() { ["type"] = "object", ["properties"] = properties, ["required"] = required };
        if (random.Next(3) == 0)
        {
            schema["additionalProperties"] = Maybe() ? JsonValue.Create(false) : Any(depth);
        }

        return JsonSerializer.SerializeToNode(schema)!.AsObject();
    }
}
