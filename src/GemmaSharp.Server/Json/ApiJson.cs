using System.Text.Json.Serialization;
using GemmaSharp.Server.Contracts;

namespace GemmaSharp.Server.Json;

/// <summary>How answers are written.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ErrorBody))]
[JsonSerializable(typeof(AnthropicError))]
[JsonSerializable(typeof(ChatCompletion))]
[JsonSerializable(typeof(ChatChunk))]
[JsonSerializable(typeof(Completion))]
[JsonSerializable(typeof(TokenizeBody))]
[JsonSerializable(typeof(DetokenizeBody))]
[JsonSerializable(typeof(TemplateBody))]
[JsonSerializable(typeof(PropsBody))]
[JsonSerializable(typeof(AnthropicMessage))]
[JsonSerializable(typeof(AnthropicEvent))]
[JsonSerializable(typeof(AnthropicCount))]
[JsonSerializable(typeof(ResponseBody))]
[JsonSerializable(typeof(ResponseEvent))]
[JsonSerializable(typeof(DeletedBody))]
[JsonSerializable(typeof(TranscriptionBody))]
[JsonSerializable(typeof(TranscriptionEvent))]
[JsonSerializable(typeof(ModelList))]
[JsonSerializable(typeof(StatusBody))]
internal sealed partial class ApiJson : JsonSerializerContext;
