using GemmaSharp.Server.Http;
using GemmaSharp.Server.Json;

namespace GemmaSharp.Server.Requests;

/// <summary>Fields that bind an answer to a form; the one place where they are read.</summary>
internal static class Constraint
{
    private const string Reason = "answers cannot be bound to a form yet";

    /// <summary>Reads response_format, grammar and regex.</summary>
    /// <exception cref="ApiException">One asks for a form.</exception>
    public static void Read(Fields fields)
    {
        if (fields.Child("response_format") is Fields format)
        {
            ReadFormat(format);
        }

        foreach (string name in (ReadOnlySpan<string>)["grammar", "regex"])
        {
            if (fields.Has(name))
            {
                throw Unsupported(fields.PathOf(name));
            }
        }
    }

    /// <summary>Reads what /v1/responses and chat call a format.</summary>
    public static void ReadFormat(Fields format)
    {
        if (format.OneOf("type", "text", "json_object", "json_schema") is string type && type != "text")
        {
            throw Unsupported(format.PathOf("type"));
        }
    }

    /// <summary>A call that must come needs the same means.</summary>
    public static ApiException RequiredCall(string path) => ApiException.Bad($"{path} asks for a call that must come: {Reason}; auto and none are supported", path, "unsupported_field");

    private static ApiException Unsupported(string path) => ApiException.Bad($"{path} is not supported: {Reason}", path, "unsupported_field");
}
