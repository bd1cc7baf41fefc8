using System.Text.Json;
using GemmaSharp.Grammar;
using GemmaSharp.Server.Http;
using GemmaSharp.Server.Json;
using GemmaSharp.Server.Tools;

namespace GemmaSharp.Server.Requests;

/// <summary>Fields that bind an answer to a form; the one place where they are read.</summary>
internal sealed class Constraint(ServerOptions options)
{
    private const string Object = """{"type": "object"}""";
    private const int LongestName = 64;
    private readonly GrammarStore _grammars = new();

    /// <summary>The grammar of response_format, grammar or regex, and of calls that must come; null where an answer is free.</summary>
    /// <exception cref="ApiException">The form cannot be had, or there are two.</exception>
    public TextGrammar? Read(Fields fields, ToolSet? tools)
    {
        string[] given = [.. ((string[])["grammar", "regex"]).Where(fields.Has)];
        TextGrammar? bound = ReadFormat(fields, "response_format", tools);
        if (given.Length + (bound is null ? 0 : 1) > 1)
        {
            throw ApiException.Bad($"{fields.PathOf(given[0])} and another form of the answer exclude each other", fields.PathOf(given[0]), "invalid_value");
        }

        return bound ?? Text(fields, "grammar", tools, TextGrammar.FromGbnf) ?? Text(fields, "regex", tools, TextGrammar.FromRegex);
    }

    /// <summary>The grammar of a format, which chat has in response_format and responses in text.format, and of calls that must come.</summary>
    public TextGrammar? ReadFormat(Fields? holder, string name, ToolSet? tools)
    {
        (JsonElement Schema, string Path)? schema = holder?.Child(name) is Fields format ? Schema(format) : null;
        if (tools?.Required is IReadOnlyList<ToolDefinition> callable)
        {
            return schema is (_, string also)
                ? throw ApiException.Bad($"{also} and a call that must come exclude each other", also, "invalid_value")
                : Calls(callable, tools, null, "tool_choice");
        }

        return schema is not (JsonElement found, string path) ? null
            : tools is not null ? Calls(tools.Definitions, tools, found, path)
            : _grammars.Get("schema", Bounded(found.GetRawText(), path), path, TextGrammar.FromJsonSchema);
    }

    private TextGrammar Calls(IReadOnlyList<ToolDefinition> callable, ToolSet tools, JsonElement? other, string path)
    {
        if (tools.Format.Tags is not (string open, string close))
        {
            return _grammars.Get("schema", Bounded(CallSchema.Of(callable, tools.Format.Arguments, tools.Parallel, other), path), path, TextGrammar.FromJsonSchema);
        }

        string call = CallSchema.Of(callable, tools.Format.Arguments, many: false, other: null), form = other?.GetRawText() ?? "";
        _ = Bounded(call + form, path);
        return _grammars.Get($"calls {tools.Parallel}", $"{call}\n{form}", path, _ =>
        {
            TextGrammar calls = TextGrammar.FromJsonSchema(call).Between($"{open}\n", $"\n{close}", tools.Parallel ? "\n" : null);
            return other is JsonElement schema ? calls.Or(TextGrammar.FromJsonSchema(schema)) : calls;
        });
    }

    private static (JsonElement Schema, string Path)? Schema(Fields format)
    {
        switch (format.OneOf("type", "text", "json_object", "json_schema"))
        {
            case "json_object":
                return (JsonElement.Parse(Object), format.PathOf("type"));
            case "json_schema":
                Fields holder = format.Child("json_schema") ?? format;
                string name = holder.RequireText("name");
                if (name.Length is 0 or > LongestName)
                {
                    throw ApiException.Bad($"{holder.PathOf("name")} has {name.Length} characters, 1 to {LongestName} expected", holder.PathOf("name"), "invalid_value");
                }

                // Whether strict or not: the answer is always valid.
                holder.Text("description");
                holder.Flag("strict");
                return (holder.Require("schema"), holder.PathOf("schema"));
            default:
                return null;
        }
    }

    private TextGrammar? Text(Fields fields, string name, ToolSet? tools, Func<string, TextGrammar> make)
    {
        string path = fields.PathOf(name);
        return fields.Text(name) is not string text ? null
            : tools is not null ? throw ApiException.Bad($"{path} and tools exclude each other", path, "invalid_value")
            : _grammars.Get(name, Bounded(text, path), path, make);
    }

    private string Bounded(string text, string path) => text.Length <= options.Limits.SchemaBytes
        ? text
        : throw ApiException.Bad($"{path} has {text.Length} characters, at most {options.Limits.SchemaBytes} expected", path, "too_many");
}
