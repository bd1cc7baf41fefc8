using System.Globalization;
using System.Text.Json;
using GemmaSharp.Server.Http;

namespace GemmaSharp.Server.Json;

/// <summary>A JSON object read field by field; what is wrong is told by its path, and what nobody asked for is found at the end.</summary>
internal sealed class Fields
{
    private const int LongestName = 60;
    private readonly JsonElement _object;
    private readonly string _path;
    private readonly Findings _findings;
    private readonly HashSet<string> _known = new(StringComparer.Ordinal);
    private readonly List<Fields> _children = [];

    /// <exception cref="ApiException">It is no object.</exception>
    public Fields(JsonElement value, string path, Findings findings)
    {
        (_object, _path, _findings) = (value, path, findings);
        if (value.ValueKind != JsonValueKind.Object)
        {
            throw Wrong(path, value, "an object");
        }
    }

    /// <summary>The path of a field.</summary>
    public string PathOf(string name) => _path.Length == 0 ? name : $"{_path}.{name}";

    /// <summary>Whether a field is there and not null.</summary>
    public bool Has(string name) => Find(name) is not null;

    /// <summary>A field as it is, or null where it is missing or null.</summary>
    public JsonElement? Find(string name)
    {
        _known.Add(name);
        return _object.TryGetProperty(name, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? value : null;
    }

    public JsonElement Require(string name) => Find(name) ?? throw ApiException.Bad($"{PathOf(name)} is missing", PathOf(name), "missing_field");

    public string? Text(string name) => Find(name) is JsonElement value ? TextOf(value, PathOf(name)) : null;

    public string RequireText(string name) => TextOf(Require(name), PathOf(name));

    /// <summary>A text that is one of several.</summary>
    public string? OneOf(string name, params ReadOnlySpan<string> words)
    {
        string? text = Text(name);
        return text is null || words.Contains(text) ? text : throw Wrong(PathOf(name), Require(name), $"one of {string.Join(", ", words)}");
    }

    public bool Flag(string name, bool missing = false) => Find(name) switch
    {
        null => missing,
        { ValueKind: JsonValueKind.True } => true,
        { ValueKind: JsonValueKind.False } => false,
        JsonElement other => throw Wrong(PathOf(name), other, "true or false"),
    };

    public double? Number(string name, double least, double most)
    {
        if (Find(name) is not JsonElement value)
        {
            return null;
        }

        return value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out double number) && number >= least && number <= most
            ? number
            : throw Wrong(PathOf(name), value, string.Create(CultureInfo.InvariantCulture, $"a number from {least} to {most}"));
    }

    public long? Whole(string name, long least, long most)
    {
        if (Find(name) is not JsonElement value)
        {
            return null;
        }

        return value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out long number) && number >= least && number <= most
            ? number
            : throw Wrong(PathOf(name), value, string.Create(CultureInfo.InvariantCulture, $"a whole number from {least} to {most}"));
    }

    /// <summary>An object of a field, or null; its own unknown fields are found with this one's.</summary>
    public Fields? Child(string name) => Find(name) is JsonElement value ? Below(value, PathOf(name)) : null;

    /// <summary>The elements of a list; none where it is missing.</summary>
    public IReadOnlyList<(JsonElement Value, string Path)> List(string name, int most)
    {
        if (Find(name) is not JsonElement value)
        {
            return [];
        }

        if (value.ValueKind != JsonValueKind.Array)
        {
            throw Wrong(PathOf(name), value, "a list");
        }

        int count = value.GetArrayLength();
        return count <= most
            ? [.. value.EnumerateArray().Select((element, index) => (element, $"{PathOf(name)}[{index}]"))]
            : throw ApiException.Bad($"{PathOf(name)} has {count} elements, at most {most} expected", PathOf(name), "too_many");
    }

    /// <summary>An object inside this one.</summary>
    public Fields Below(JsonElement value, string path)
    {
        Fields child = new(value, path, _findings);
        _children.Add(child);
        return child;
    }

    /// <summary>A field that is known and not supported, unless it has a value that asks for nothing.</summary>
    public void Refuse(string name, string reason, params ReadOnlySpan<string> harmless)
    {
        if (Find(name) is JsonElement value && !harmless.Contains(value.GetRawText()))
        {
            Note($"{PathOf(name)} is not supported: {reason}", name, "unsupported_field");
        }
    }

    /// <summary>Something about a field that is let pass only where the server is lenient.</summary>
    public void Note(string message, string name, string code) => _findings.Add(message, PathOf(name), code);

    /// <summary>Finds the fields that nobody asked for, here and below.</summary>
    public void Finish()
    {
        foreach (JsonProperty property in _object.EnumerateObject().Where(one => !_known.Contains(one.Name)))
        {
            string name = property.Name.Length > LongestName ? property.Name[..LongestName] : property.Name;
            Note($"{PathOf(name)} is not a field that is known here", name, "unknown_field");
        }

        _children.ForEach(child => child.Finish());
    }

    /// <summary>A value's text; a lone surrogate is refused.</summary>
    public static string TextOf(JsonElement value, string path)
    {
        try
        {
            return value.ValueKind == JsonValueKind.String ? value.GetString() ?? "" : throw Wrong(path, value, "a text");
        }
        catch (InvalidOperationException)
        {
            throw ApiException.Bad($"{path} holds half of a UTF-16 pair", path);
        }
    }

    public static ApiException Wrong(string path, JsonElement found, string expected)
    {
        const int longest = 40;
        string raw = found.ValueKind switch
        {
            JsonValueKind.Object => "an object",
            JsonValueKind.Array => "a list",
            _ => found.GetRawText(),
        };
        return ApiException.Bad($"{(path.Length == 0 ? "the body" : path)} is {(raw.Length > longest ? raw[..longest] + "..." : raw)}, {expected} expected", path.Length == 0 ? null : path, "invalid_value");
    }
}
