using System.Text;
using System.Text.Json;
using GemmaSharp.Server.Answers;
using GemmaSharp.Server.Contracts;
using GemmaSharp.Server.Http;
using GemmaSharp.Server.Json;
using GemmaSharp.Server.Requests;
using GemmaSharp.Server.Tools;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace GemmaSharp.Server.Endpoints;

/// <summary>POST /v1/messages and /v1/messages/count_tokens: chats in Anthropic's form.</summary>
internal sealed class AnthropicChat(ServerParts server)
{
    public static void Map(IEndpointRouteBuilder routes, ServerParts server)
    {
        AnthropicChat chat = new(server);
        routes.MapPost("/v1/messages", chat.InvokeAsync);
        routes.MapPost("/v1/messages/count_tokens", chat.CountAsync);
    }

    private async Task CountAsync(HttpContext http)
    {
        AnswerRequest request = await server.Body.ReadAsync(http, fields => AnthropicFields.Read(fields, server, counts: true), tellsWarnings: false).ConfigureAwait(false);
        int tokens = await server.Answers.CountAsync(request, http).ConfigureAwait(false);
        await http.Response.WriteAsync(new AnthropicCount(tokens), ApiJson.Default.AnthropicCount).ConfigureAwait(false);
    }

    private async Task InvokeAsync(HttpContext http)
    {
        AnswerRequest request = await server.Body.ReadAsync(http, fields => AnthropicFields.Read(fields, server, counts: false)).ConfigureAwait(false);
        using Answer answer = await server.Answers.BeginAsync(request, http).ConfigureAwait(false);
        AnthropicMessage frame = new(Identifier.Create("msg_"), server.Model.Name, [], new AnthropicUsage(answer.PromptTokens, 0, 0)) { Warnings = Findings.Warnings(http) };
        if (request.Stream)
        {
            await new EventStream(http, server.Log).SendAsync(events => StreamAsync(events, answer, frame, http)).ConfigureAwait(false);
            return;
        }

        StringBuilder text = new();
        List<ToolCall> calls = [];
        AnswerEnd? end = null;
        await foreach (AnswerEvent piece in answer.ReadAsync(http.RequestAborted).ConfigureAwait(false))
        {
            text.Append(piece.Text);
            calls.AddRange(piece.Calls);
            end = piece.End;
        }

        AnthropicMessage message = frame with
        {
            Content = [.. text.Length > 0 || calls.Count == 0 ? [TextBlock(text.ToString())] : (AnthropicBlock[])[], .. calls.Select(call => CallBlock(call, call.Arguments))],
            Usage = AnthropicUsage.From(answer.Counts),
            Timings = TimingsBody.From(answer.Counts),
            StopReason = Reason(end),
            StopSequence = end?.StopText,
        };
        await http.Response.WriteAsync(message, ApiJson.Default.AnthropicMessage).ConfigureAwait(false);
    }

    private static async Task StreamAsync(EventStream events, Answer answer, AnthropicMessage frame, HttpContext http)
    {
        await SendAsync(events, new AnthropicEvent("message_start") { Message = frame }).ConfigureAwait(false);
        await SendAsync(events, new AnthropicEvent("content_block_start") { Index = 0, ContentBlock = TextBlock("") }).ConfigureAwait(false);
        AnswerEnd? end = null;
        List<ToolCall> calls = [];
        await foreach (AnswerEvent piece in answer.ReadAsync(http.RequestAborted).ConfigureAwait(false))
        {
            if (piece.Text.Length > 0)
            {
                await SendAsync(events, new AnthropicEvent("content_block_delta") { Index = 0, Delta = new AnthropicDelta { Type = "text_delta", Text = piece.Text } }).ConfigureAwait(false);
            }

            calls.AddRange(piece.Calls);
            end = piece.End;
        }

        await SendAsync(events, new AnthropicEvent("content_block_stop") { Index = 0 }).ConfigureAwait(false);
        for (int at = 0; at < calls.Count; at++)
        {
            await SendAsync(events, new AnthropicEvent("content_block_start") { Index = at + 1, ContentBlock = CallBlock(calls[at], "{}") }).ConfigureAwait(false);
            AnthropicDelta delta = new() { Type = "input_json_delta", PartialJson = calls[at].Arguments };
            await SendAsync(events, new AnthropicEvent("content_block_delta") { Index = at + 1, Delta = delta }).ConfigureAwait(false);
            await SendAsync(events, new AnthropicEvent("content_block_stop") { Index = at + 1 }).ConfigureAwait(false);
        }

        AnthropicDelta last = new() { StopReason = Reason(end), StopSequence = end?.StopText };
        await SendAsync(events, new AnthropicEvent("message_delta") { Delta = last, Usage = AnthropicUsage.From(answer.Counts), Timings = TimingsBody.From(answer.Counts) }).ConfigureAwait(false);
        await SendAsync(events, new AnthropicEvent("message_stop")).ConfigureAwait(false);
    }

    private static Task SendAsync(EventStream events, AnthropicEvent value) => events.SendAsync(value, ApiJson.Default.AnthropicEvent, value.Type);

    private static AnthropicBlock TextBlock(string text) => new("text") { Text = text };

    private static AnthropicBlock CallBlock(ToolCall call, string input)
    {
        using JsonDocument json = JsonDocument.Parse(input);
        return new AnthropicBlock("tool_use") { Id = call.Id, Name = call.Name, Input = json.RootElement.Clone() };
    }

    private static string Reason(AnswerEnd? end) => end switch
    {
        { Reason: "tool_calls" } => "tool_use",
        { Reason: "length" } => "max_tokens",
        { StopText: not null } => "stop_sequence",
        _ => "end_turn",
    };
}
