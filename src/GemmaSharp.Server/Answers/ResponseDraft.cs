using System.Text;
using GemmaSharp.Server.Contracts;
using GemmaSharp.Server.Requests;
using GemmaSharp.Server.Tools;

namespace GemmaSharp.Server.Answers;

/// <summary>A response while it is being made.</summary>
internal sealed class ResponseDraft(ResponseRequest request, string model, IReadOnlyList<string>? warnings)
{
    private const string Completed = "completed";
    private readonly long _created = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
    private readonly StringBuilder _text = new();
    private readonly List<ToolCall> _calls = [];
    private string _reason = "stop";

    public string Id { get; } = Identifier.Create("resp_");

    public string MessageId { get; } = Identifier.Create("msg_");

    public string Text => _text.ToString();

    /// <summary>The calls as items.</summary>
    public IEnumerable<ResponseItem> Calls => _calls.Select(call => new ResponseItem("function_call", call.Id.Replace("call_", "fc_", StringComparison.Ordinal), Completed)
    {
        CallId = call.Id, Name = call.Name, Arguments = call.Arguments,
    });

    public void Add(AnswerEvent piece)
    {
        _text.Append(piece.Text);
        _calls.AddRange(piece.Calls);
        _reason = piece.End?.Reason ?? _reason;
    }

    /// <summary>The turn as the model wrote it.</summary>
    public string Turn(string toolFormat) => _calls.Count == 0 ? Text : Text + ToolFormat.Find(toolFormat).Write(_calls);

    /// <summary>The message as an item.</summary>
    public ResponseItem Message(string status, bool hasText) =>
        new("message", MessageId, status) { Role = "assistant", Content = hasText ? [new ResponseText(Text)] : [] };

    /// <summary>The response with nothing in it yet.</summary>
    public ResponseBody Begin() => new(Id, _created, model, "in_progress", [])
    {
        Instructions = request.Instructions,
        PreviousResponseId = request.Previous,
        MaxOutputTokens = request.Answer.Options.MaxTokens,
        Temperature = request.Answer.Options.Temperature,
        TopP = request.Answer.Options.TopP,
        Store = request.Store,
        ParallelToolCalls = request.Parallel,
        ToolChoice = request.ToolChoice,
        Tools = request.Tools,
        Metadata = request.Metadata,
        Warnings = warnings,
    };

    /// <summary>The response as it is in the end.</summary>
    public ResponseBody Finish(AnswerCounts counts)
    {
        bool cut = _reason == "length";
        string status = cut ? "incomplete" : Completed;
        return Begin() with
        {
            Status = status,
            IncompleteDetails = cut ? new IncompleteDetails("max_output_tokens") : null,
            Output = [.. _text.Length > 0 || _calls.Count == 0 ? [Message(status, hasText: true)] : (ResponseItem[])[], .. Calls],
            Usage = ResponseUsage.From(counts),
            Timings = TimingsBody.From(counts),
        };
    }
}
