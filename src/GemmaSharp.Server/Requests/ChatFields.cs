using GemmaSharp.Server.Endpoints;
using GemmaSharp.Server.Http;
using GemmaSharp.Server.Json;
using GemmaSharp.Server.Tools;

namespace GemmaSharp.Server.Requests;

/// <summary>The body of /v1/chat/completions.</summary>
internal static class ChatFields
{
    /// <summary>Reads it; docs/api.md lists the fields.</summary>
    /// <exception cref="ApiException">A field is wrong, unknown or not supported.</exception>
    public static AnswerRequest Read(Fields fields, ServerParts server)
    {
        Models.Check(fields, server);
        Unsupported(fields);
        Labels(fields);
        Fields? stream = fields.Child("stream_options");
        stream?.Flag("include_obfuscation"); // padding against watchers of the network; TLS' records are not padded here
        bool streams = fields.Flag("stream");
        if (stream is not null && !streams)
        {
            throw ApiException.Bad("stream_options needs stream to be true", "stream_options", "invalid_value");
        }

        ToolSet? tools = ToolFields.Read(fields, server.Options);
        GenerationOptions options = SamplingFields.Read(fields, server.Model.VocabularySize) with
        {
            MaxTokens = SamplingFields.MostTokens(fields, server.Options.Limits, "max_completion_tokens", "max_tokens"),
            TopProbabilities = SamplingFields.Shown(fields),
            Grammar = server.Constraints.Read(fields, tools),
            Slice = SliceField.Read(fields),
        };
        return new AnswerRequest
        {
            Options = options,
            Choices = (int)(fields.Whole("n", 1, server.Options.Limits.Choices) ?? 1),
            Tools = tools,
            Stream = streams,
            IncludeUsage = stream?.Flag("include_usage") ?? false,
            Messages = new ChatMessages(server.Options).Read(fields),
        };
    }

    /// <summary>Names that a client gives to its users and requests; they change nothing.</summary>
    public static void Labels(Fields fields)
    {
        const int mostPairs = 16, longest = 512;
        foreach (string name in (ReadOnlySpan<string>)["user", "safety_identifier", "prompt_cache_key"])
        {
            fields.Text(name);
        }

        if (fields.Find("metadata") is System.Text.Json.JsonElement metadata)
        {
            bool fits = metadata.ValueKind == System.Text.Json.JsonValueKind.Object && metadata.GetPropertyCount() <= mostPairs
                && metadata.EnumerateObject().All(pair => Fields.TextOf(pair.Value, fields.PathOf("metadata")).Length <= longest);
            if (!fits)
            {
                throw ApiException.Bad($"metadata is no object of at most {mostPairs} texts of at most {longest} characters", fields.PathOf("metadata"), "invalid_value");
            }
        }
    }

    // What asks for nothing that is not done anyway is let pass.
    private static void Unsupported(Fields fields)
    {
        fields.Refuse("store", "chats are not kept; /v1/responses keeps answers", "false");
        fields.Refuse("modalities", "answers are text", """["text"]""");
        fields.Refuse("audio", "the model speaks no sound");
        fields.Refuse("service_tier", "there is one tier", "\"auto\"", "\"default\"");
        fields.Refuse("reasoning_effort", "the model does not reason apart from its answer", "\"none\"");
        fields.Refuse("verbosity", "the model has no such setting", "\"medium\"");
        fields.Refuse("prediction", "predicted outputs are not used");
        fields.Refuse("web_search_options", "nothing is searched");
        fields.Refuse("functions", "tools took its place", "[]");
        fields.Refuse("function_call", "tool_choice took its place");
    }
}
