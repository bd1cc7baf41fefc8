using GemmaSharp.Server.Contracts;
using GemmaSharp.Server.Http;
using GemmaSharp.Server.Json;

namespace GemmaSharp.Server.Answers;

/// <summary>The events of a streamed response, numbered; a message begins with its first text, so that mere calls have none.</summary>
internal sealed class ResponseEvents(EventStream events, ResponseDraft draft)
{
    private int _number;
    private bool _hasMessage;

    public async Task BeginAsync()
    {
        await SendAsync(Next("response.created") with { Response = draft.Begin() }).ConfigureAwait(false);
        await SendAsync(Next("response.in_progress") with { Response = draft.Begin() }).ConfigureAwait(false);
    }

    public async Task TextAsync(string text)
    {
        if (text.Length == 0)
        {
            return;
        }

        await OpenMessageAsync().ConfigureAwait(false);
        await SendAsync(OfMessage("response.output_text.delta") with { Delta = text }).ConfigureAwait(false);
    }

    public async Task EndAsync(ResponseBody body)
    {
        if (body.Output is [{ Type: "message" } message, ..])
        {
            await OpenMessageAsync().ConfigureAwait(false);
            await SendAsync(OfMessage("response.output_text.done") with { Text = draft.Text }).ConfigureAwait(false);
            await SendAsync(OfMessage("response.content_part.done") with { Part = new ResponseText(draft.Text) }).ConfigureAwait(false);
            await SendAsync(Next("response.output_item.done") with { OutputIndex = 0, Item = message }).ConfigureAwait(false);
        }

        for (int at = _hasMessage ? 1 : 0; at < body.Output.Count; at++)
        {
            ResponseItem call = body.Output[at];
            await SendAsync(Next("response.output_item.added") with { OutputIndex = at, Item = call with { Status = "in_progress", Arguments = "" } }).ConfigureAwait(false);
            await SendAsync(Next("response.function_call_arguments.delta") with { OutputIndex = at, ItemId = call.Id, Delta = call.Arguments }).ConfigureAwait(false);
            await SendAsync(Next("response.function_call_arguments.done") with { OutputIndex = at, ItemId = call.Id, Arguments = call.Arguments }).ConfigureAwait(false);
            await SendAsync(Next("response.output_item.done") with { OutputIndex = at, Item = call }).ConfigureAwait(false);
        }

        await SendAsync(Next($"response.{body.Status}") with { Response = body }).ConfigureAwait(false);
    }

    private async Task OpenMessageAsync()
    {
        if (!_hasMessage)
        {
            _hasMessage = true;
            await SendAsync(Next("response.output_item.added") with { OutputIndex = 0, Item = draft.Message("in_progress", hasText: false) }).ConfigureAwait(false);
            await SendAsync(OfMessage("response.content_part.added") with { Part = new ResponseText("") }).ConfigureAwait(false);
        }
    }

    private ResponseEvent OfMessage(string type) => Next(type) with { OutputIndex = 0, ContentIndex = 0, ItemId = draft.MessageId };

    private ResponseEvent Next(string type) => new(type, _number++);

    private Task SendAsync(ResponseEvent value) => events.SendAsync(value, ApiJson.Default.ResponseEvent, value.Type);
}
