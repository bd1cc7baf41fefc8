using System.Text.Json.Serialization;

namespace GemmaSharp.Server.Contracts;

/// <summary>An error in OpenAI's shape.</summary>
internal sealed record ErrorBody(ErrorDetail Error);

/// <summary>What is wrong; all four members are always written.</summary>
internal sealed record ErrorDetail(
    string Message,
    string Type,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? Param,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? Code);

/// <summary>An error in Anthropic's shape.</summary>
internal sealed record AnthropicError(AnthropicErrorDetail Error)
{
    public string Type { get; } = "error";
}

/// <summary>What is wrong.</summary>
internal sealed record AnthropicErrorDetail(string Type, string Message);
