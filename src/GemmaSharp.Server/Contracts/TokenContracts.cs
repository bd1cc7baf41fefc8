using System.Text.Json.Serialization;

namespace GemmaSharp.Server.Contracts;

/// <summary>The answer of /tokenize: ids, and where they are asked for their texts.</summary>
internal sealed record TokenizeBody(IReadOnlyList<int> Tokens)
{
    public IReadOnlyList<string>? Pieces { get; init; }
}

/// <summary>The answer of /detokenize.</summary>
internal sealed record DetokenizeBody(string Content);

/// <summary>The answer of /apply-template.</summary>
internal sealed record TemplateBody(string Prompt);

/// <summary>The answer of /props.</summary>
internal sealed record PropsBody(string Model, string Version, int ContextLength, int VocabularySize, ModalitiesBody Modalities, string ToolFormat)
{
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public string? ChatTemplate { get; init; }

    public required LimitsBody Limits { get; init; }
}

/// <summary>What the model takes beside text.</summary>
internal sealed record ModalitiesBody(bool Vision, bool Audio);

/// <summary>How much one may ask.</summary>
internal sealed record LimitsBody(int Concurrent, int Queue, int BodyBytes, int PartBytes, int MediaParts, int Messages, int Choices)
{
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public int? AnswerTokens { get; init; }
}
