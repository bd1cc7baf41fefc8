using System.Text.Json;
using System.Text.Json.Nodes;

namespace GemmaSharp.Server.Tools;

/// <summary>JSON Schemas of calls: of one where tags stand around each, of a whole answer where it is one JSON value.</summary>
internal static class CallSchema
{
    private static readonly string[] Values = ["const", "enum", "default", "examples"];

    /// <summary>Calls of one of the tools; where <paramref name="many"/>, also lists of them; where an other schema is given, also what that one describes.</summary>
    /// <param name="callable">The tools.</param>
    /// <param name="argumentsName">The member of a call that holds its arguments.</param>
    /// <param name="many">Whether a list is allowed.</param>
    /// <param name="other">What else the value may be, or null.</param>
    public static string Of(IReadOnlyList<ToolDefinition> callable, string argumentsName, bool many, JsonElement? other)
    {
        JsonObject definitions = [];
        JsonArray calls = [];
        for (int index = 0; index < callable.Count; index++)
        {
            string arguments = $"arguments{index}", call = $"call{index}";
            definitions[arguments] = callable[index].Parameters is JsonElement schema ? Moved(schema, arguments) : new JsonObject { ["type"] = "object" };
            definitions[call] = new JsonObject
            {
                ["type"] = "object",
                ["properties"] = new JsonObject { ["name"] = new JsonObject { ["const"] = callable[index].Name }, [argumentsName] = Reference(arguments) },
                ["required"] = new JsonArray("name", argumentsName),
                ["additionalProperties"] = false,
            };
            calls.Add((JsonNode)Reference(call));
        }

        JsonArray answers = [.. calls.Select(call => call?.DeepClone())];
        if (many)
        {
            answers.Add((JsonNode)new JsonObject { ["type"] = "array", ["items"] = new JsonObject { ["anyOf"] = calls }, ["minItems"] = 1 });
        }

        if (other is JsonElement more)
        {
            definitions["answer"] = Moved(more, "answer");
            answers.Add((JsonNode)Reference("answer"));
        }

        return new JsonObject { ["$defs"] = definitions, ["anyOf"] = answers }.ToJsonString();
    }

    private static JsonObject Reference(string name) => new() { ["$ref"] = $"#/$defs/{name}" };

    // A schema that was a document of its own: what it refers to has moved with it.
    private static JsonNode? Moved(JsonElement schema, string name) => Move(JsonNode.Parse(schema.GetRawText()), $"#/$defs/{name}");

    private static JsonNode? Move(JsonNode? node, string root)
    {
        switch (node)
        {
            case JsonObject members:
                foreach ((string key, JsonNode? value) in members.ToArray())
                {
                    if (key == "$ref" && value is JsonValue text && text.TryGetValue(out string? target) && target.StartsWith('#'))
                    {
                        members[key] = root + target[1..];
                    }
                    else if (!Values.Contains(key))
                    {
                        Move(value, root);
                    }
                }

                break;
            case JsonArray elements:
                foreach (JsonNode? element in elements)
                {
                    Move(element, root);
                }

                break;
        }

        return node;
    }
}
