using System.Text;
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

/// <summary>POST /v1/chat/completions: a conversation's next turn, whole or in pieces.</summary>
internal sealed class ChatCompletions(ServerParts server)
{
    public static void Map(IEndpointRouteBuilder routes, ServerParts server) => routes.MapPost("/v1/chat/completions", new ChatCompletions(server).InvokeAsync);

    private async Task InvokeAsync(HttpContext http)
    {
        AnswerRequest request = await server.Body.ReadAsync(http, fields => ChatFields.Read(fields, server)).ConfigureAwait(false);
        using Answer answer = await server.Answers.BeginAsync(request, http).ConfigureAwait(false);
        string id = Identifier.Create("chatcmpl-");
        long created = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        if (request.Stream)
        {
            Frame frame = new(id, created, server.Model.Name);
            await new EventStream(http, server.Log).SendAsync(events => StreamAsync(events, request, answer, frame, http)).ConfigureAwait(false);
            return;
        }

        Whole[] choices = [.. Enumerable.Range(0, request.Choices).Select(_ => new Whole())];
        await foreach (AnswerEvent piece in answer.ReadAsync(http.RequestAborted).ConfigureAwait(false))
        {
            choices[piece.Choice].Add(piece, answer.Engine);
        }

        ChatCompletion completion = new(
            id, created, server.Model.Name, [.. choices.Select((choice, index) => choice.ToBody(index, request))], UsageBody.From(answer.Counts), TimingsBody.From(answer.Counts))
        {
            Warnings = Findings.Warnings(http),
        };
        await http.Response.WriteAsync(completion, ApiJson.Default.ChatCompletion).ConfigureAwait(false);
    }

    private static async Task StreamAsync(EventStream events, AnswerRequest request, Answer answer, Frame frame, HttpContext http)
    {
        for (int choice = 0; choice < request.Choices; choice++)
        {
            ChatChunk first = frame.Chunk(new ChunkChoice(choice, new ChunkDelta { Role = "assistant", Content = "" }, null)) with { Warnings = choice == 0 ? Findings.Warnings(http) : null };
            await events.SendAsync(first, ApiJson.Default.ChatChunk).ConfigureAwait(false);
        }

        await foreach (AnswerEvent piece in answer.ReadAsync(http.RequestAborted).ConfigureAwait(false))
        {
            if (piece.Text.Length > 0 || piece.Tokens.Count > 0 || piece.Calls.Count > 0)
            {
                ChunkDelta delta = new() { Content = piece.Calls.Count > 0 && piece.Text.Length == 0 ? null : piece.Text, ToolCalls = Calls(piece.Calls, numbered: true) };
                ChunkChoice choice = new(piece.Choice, delta, null) { Logprobs = TokenBodies.List(piece.Tokens, answer.Engine) };
                await events.SendAsync(frame.Chunk(choice), ApiJson.Default.ChatChunk).ConfigureAwait(false);
            }

            if (piece.End is AnswerEnd end)
            {
                await events.SendAsync(frame.Chunk(new ChunkChoice(piece.Choice, new ChunkDelta(), end.Reason)), ApiJson.Default.ChatChunk).ConfigureAwait(false);
            }
        }

        if (request.IncludeUsage)
        {
            ChatChunk counts = frame.Chunk() with { Usage = UsageBody.From(answer.Counts), Timings = TimingsBody.From(answer.Counts) };
            await events.SendAsync(counts, ApiJson.Default.ChatChunk).ConfigureAwait(false);
        }

        await events.DoneAsync().ConfigureAwait(false);
    }

    private static ToolCallBody[]? Calls(IReadOnlyList<ToolCall> calls, bool numbered) => calls.Count == 0
        ? null
        : [.. calls.Select((call, index) => new ToolCallBody(numbered ? index : null, call.Id, new FunctionCallBody(call.Name, call.Arguments)))];

    // What all chunks of a stream have.
    private sealed record Frame(string Id, long Created, string Model)
    {
        public ChatChunk Chunk(params IReadOnlyList<ChunkChoice> choices) => new(Id, Created, Model, choices);
    }

    // An answer put together.
    private sealed class Whole
    {
        private readonly StringBuilder _text = new();
        private readonly List<ToolCall> _calls = [];
        private readonly List<TokenBody> _tokens = [];
        private string _reason = "stop";

        public void Add(AnswerEvent piece, GemmaEngine engine)
        {
            _text.Append(piece.Text);
            _calls.AddRange(piece.Calls);
            _tokens.AddRange(TokenBodies.List(piece.Tokens, engine)?.Content ?? []);
            _reason = piece.End?.Reason ?? _reason;
        }

        public ChatChoice ToBody(int index, AnswerRequest request) => new(
            index, new ChatAnswer(_calls.Count > 0 && _text.Length == 0 ? null : _text.ToString(), Calls(_calls, numbered: false)), _reason)
        {
            Logprobs = request.Options.TopProbabilities is null ? null : new LogProbabilityList(_tokens),
        };
    }
}
