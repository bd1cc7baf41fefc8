using System.Text;
using GemmaSharp.Server.Answers;
using GemmaSharp.Server.Contracts;
using GemmaSharp.Server.Http;
using GemmaSharp.Server.Json;
using GemmaSharp.Server.Requests;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace GemmaSharp.Server.Endpoints;

/// <summary>POST /v1/completions: what follows a text, without the chat template.</summary>
internal sealed class Completions(ServerParts server)
{
    public static void Map(IEndpointRouteBuilder routes, ServerParts server) => routes.MapPost("/v1/completions", new Completions(server).InvokeAsync);

    private async Task InvokeAsync(HttpContext http)
    {
        AnswerRequest request = await server.Body.ReadAsync(http, fields => CompletionFields.Read(fields, server)).ConfigureAwait(false);
        using Answer answer = await server.Answers.BeginAsync(request, http).ConfigureAwait(false);
        Completion frame = new(Identifier.Create("cmpl-"), DateTimeOffset.UtcNow.ToUnixTimeSeconds(), server.Model.Name, []);
        if (request.Stream)
        {
            await new EventStream(http, server.Log).SendAsync(events => StreamAsync(events, request, answer, frame, http)).ConfigureAwait(false);
            return;
        }

        StringBuilder[] texts = [.. Enumerable.Range(0, request.Choices).Select(_ => new StringBuilder())];
        List<(int Id, TokenProbabilities Probabilities)>[] tokens = [.. texts.Select(_ => new List<(int, TokenProbabilities)>())];
        string[] reasons = [.. texts.Select(_ => "stop")];
        await foreach (AnswerEvent piece in answer.ReadAsync(http.RequestAborted).ConfigureAwait(false))
        {
            texts[piece.Choice].Append(piece.Text);
            tokens[piece.Choice].AddRange(piece.Tokens);
            reasons[piece.Choice] = piece.End?.Reason ?? reasons[piece.Choice];
        }

        bool shown = request.Options.TopProbabilities is not null;
        Completion whole = frame with
        {
            Choices = [.. texts.Select((text, at) => new CompletionChoice(at, text.ToString(), reasons[at], shown ? Probabilities(tokens[at], answer.Engine, 0) : null))],
            Usage = UsageBody.From(answer.Counts),
            Timings = TimingsBody.From(answer.Counts),
            Warnings = Findings.Warnings(http),
        };
        await http.Response.WriteAsync(whole, ApiJson.Default.Completion).ConfigureAwait(false);
    }

    private static async Task StreamAsync(EventStream events, AnswerRequest request, Answer answer, Completion frame, HttpContext http)
    {
        IReadOnlyList<string>? warnings = Findings.Warnings(http);
        int[] offsets = new int[request.Choices];
        await foreach (AnswerEvent piece in answer.ReadAsync(http.RequestAborted).ConfigureAwait(false))
        {
            CompletionProbabilities? likely = piece.Tokens.Count > 0 ? Probabilities(piece.Tokens, answer.Engine, offsets[piece.Choice]) : null;
            offsets[piece.Choice] += likely?.Tokens.Sum(token => token.Length) ?? 0;
            Completion chunk = frame with { Choices = [new CompletionChoice(piece.Choice, piece.Text, piece.End?.Reason, likely)], Warnings = warnings };
            await events.SendAsync(chunk, ApiJson.Default.Completion).ConfigureAwait(false);
            warnings = null;
        }

        if (request.IncludeUsage)
        {
            await events.SendAsync(frame with { Usage = UsageBody.From(answer.Counts), Timings = TimingsBody.From(answer.Counts) }, ApiJson.Default.Completion).ConfigureAwait(false);
        }

        await events.DoneAsync().ConfigureAwait(false);
    }

    // Two tokens that are the same replacement character by themselves share a place in the older form.
    private static CompletionProbabilities Probabilities(IReadOnlyList<(int Id, TokenProbabilities Probabilities)> tokens, GemmaEngine engine, int offset)
    {
        string[] texts = [.. tokens.Select(token => engine.Tokens.Describe(token.Id).Text)];
        int[] offsets = [.. texts.Select(text => (offset += text.Length) - text.Length)];
        return new CompletionProbabilities(
            texts,
            [.. tokens.Select(token => token.Probabilities.Token)],
            [.. tokens.Select(token => token.Probabilities.Most.DistinctBy(most => engine.Tokens.Describe(most.Id).Text)
                .ToDictionary(most => engine.Tokens.Describe(most.Id).Text, most => most.LogProbability))],
            offsets);
    }
}
