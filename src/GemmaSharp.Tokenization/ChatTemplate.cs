using System.Text.Json;
using GemmaSharp.Tokenization.Templates;

namespace GemmaSharp.Tokenization;

/// <summary>A model's chat template: a Jinja program from conversation to prompt, run with bounds and without any way to the host.</summary>
public sealed class ChatTemplate
{
    private readonly BlockStatement _body;
    private readonly TemplateLimits _limits;
    private readonly TimeProvider _clock;

    private ChatTemplate(BlockStatement body, TemplateLimits limits, TimeProvider clock)
    {
        _body = body;
        _limits = limits;
        _clock = clock;
    }

    /// <summary>The template's text.</summary>
    public required string Source { get; init; }

    /// <summary>Parses a template as chat templates are written: trim_blocks, lstrip_blocks, loop controls.</summary>
    /// <exception cref="TemplateException">It is not well-formed.</exception>
    public static ChatTemplate Parse(string source, TemplateLimits? limits = null, TimeProvider? clock = null)
    {
        TemplateLimits bounds = limits ?? new TemplateLimits();
        return new ChatTemplate(TemplateParser.Parse(source.ReplaceLineEndings("\n"), bounds), bounds, clock ?? TimeProvider.System) { Source = source };
    }

    /// <summary>Renders with variables from a JSON object.</summary>
    /// <exception cref="TemplateException">The template refuses the conversation, fails, or runs beyond its bounds.</exception>
    public string Render(JsonElement variables)
    {
        Scope globals = new(new TemplateRun(_limits), parent: null);
        TemplateGlobals.AddTo(globals, _clock);
        foreach (JsonProperty variable in variables.EnumerateObject())
        {
            globals.Set(variable.Name, FromJson(variable.Value));
        }

        return _body.Render(globals.Inner());
    }

    private static object? FromJson(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString(),
        JsonValueKind.Number => value.GetRawText().AsSpan().IndexOfAny('.', 'e', 'E') < 0 && value.TryGetInt64(out long whole) ? (object)whole : value.GetDouble(),
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        JsonValueKind.Array => new List<object?>(value.EnumerateArray().Select(FromJson)),
        JsonValueKind.Object => value.EnumerateObject().DistinctBy(pair => pair.Name).ToDictionary(pair => pair.Name, pair => FromJson(pair.Value)),
        _ => null,
    };
}
