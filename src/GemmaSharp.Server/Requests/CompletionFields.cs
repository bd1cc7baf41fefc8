using System.Text.Json;
using GemmaSharp.Server.Endpoints;
using GemmaSharp.Server.Http;
using GemmaSharp.Server.Json;

namespace GemmaSharp.Server.Requests;

/// <summary>The body of /v1/completions.</summary>
internal static class CompletionFields
{
    private const int UsualTokens = 16;
    private const int MostShown = 5;

    /// <summary>Reads it; docs/api.md lists the fields.</summary>
    /// <exception cref="ApiException">A field is wrong, unknown or not supported.</exception>
    public static AnswerRequest Read(Fields fields, ServerParts server)
    {
        int vocabulary = server.Model.VocabularySize;
        Models.Check(fields, server);
        ChatFields.Labels(fields);
        fields.Refuse("suffix", "the model fills no gaps");
        fields.Refuse("echo", "the prompt is not repeated", "false");
        fields.Refuse("best_of", "every answer that is drawn is given", "1");
        GenerationOptions options = SamplingFields.Read(fields, vocabulary) with
        {
            MaxTokens = SamplingFields.MostTokens(fields, server.Options.Limits, "max_tokens") ?? UsualTokens,
            TopProbabilities = (int?)fields.Whole("logprobs", 0, MostShown),
            Grammar = server.Constraints.Read(fields, tools: null),
            Slice = SliceField.Read(fields),
        };
        (int[]? ids, string? text) = Prompt(fields, vocabulary);
        return new AnswerRequest
        {
            Options = options,
            Choices = (int)(fields.Whole("n", 1, server.Options.Limits.Choices) ?? 1),
            Stream = fields.Flag("stream"),
            IncludeUsage = fields.Child("stream_options")?.Flag("include_usage") ?? false,
            Ids = ids,
            Text = text,
        };
    }

    // A text, token ids, or a list of one of either.
    private static (int[]? Ids, string? Text) Prompt(Fields fields, int vocabulary)
    {
        JsonElement prompt = fields.Require("prompt");
        string path = fields.PathOf("prompt");
        if (prompt.ValueKind == JsonValueKind.Array && prompt.GetArrayLength() > 0 && prompt[0].ValueKind is JsonValueKind.String or JsonValueKind.Array)
        {
            prompt = prompt.GetArrayLength() == 1 ? prompt[0] : throw ApiException.Bad($"{path} has {prompt.GetArrayLength()} prompts, one expected", path, "too_many");
        }

        return prompt.ValueKind == JsonValueKind.Array && prompt.GetArrayLength() > 0
            ? (TokenFields.Ids(prompt, path, vocabulary), null)
            : (null, Fields.TextOf(prompt, path));
    }
}
