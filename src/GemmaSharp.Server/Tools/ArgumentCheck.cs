using System.Text.Json;

namespace GemmaSharp.Server.Tools;

/// <summary>Whether arguments have the members that a tool's schema asks for, each of its type.</summary>
internal static class ArgumentCheck
{
    public static bool Fits(JsonElement arguments, ToolDefinition tool)
    {
        if (tool.Parameters is not JsonElement schema)
        {
            return true;
        }

        bool hasRequired = !schema.TryGetProperty("required", out JsonElement required) || required.ValueKind != JsonValueKind.Array
            || required.EnumerateArray().All(name => name.ValueKind != JsonValueKind.String || arguments.TryGetProperty(name.GetString() ?? "", out _));
        bool named = schema.TryGetProperty("properties", out JsonElement properties) && properties.ValueKind == JsonValueKind.Object;
        bool closed = tool.Strict || (schema.TryGetProperty("additionalProperties", out JsonElement more) && more.ValueKind == JsonValueKind.False);
        return hasRequired && arguments.EnumerateObject().All(one => named && properties.TryGetProperty(one.Name, out JsonElement expected) ? HasType(one.Value, expected) : !closed);
    }

    private static bool HasType(JsonElement value, JsonElement schema) =>
        schema.ValueKind != JsonValueKind.Object || !schema.TryGetProperty("type", out JsonElement type) || type.ValueKind switch
        {
            JsonValueKind.String => Is(value, type.GetString()),
            JsonValueKind.Array => type.EnumerateArray().Any(one => one.ValueKind == JsonValueKind.String && Is(value, one.GetString())),
            _ => true,
        };

    private static bool Is(JsonElement value, string? type) => type switch
    {
        "string" => value.ValueKind == JsonValueKind.String,
        "number" => value.ValueKind == JsonValueKind.Number,
        "integer" => value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out double number) && number == Math.Floor(number),
        "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
        "object" => value.ValueKind == JsonValueKind.Object,
        "array" => value.ValueKind == JsonValueKind.Array,
        "null" => value.ValueKind == JsonValueKind.Null,
        _ => true,
    };
}
