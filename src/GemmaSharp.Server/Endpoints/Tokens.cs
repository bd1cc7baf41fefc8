using System.Text.Json.Serialization.Metadata;
using GemmaSharp.Loading;
using GemmaSharp.Server.Contracts;
using GemmaSharp.Server.Http;
using GemmaSharp.Server.Json;
using GemmaSharp.Server.Requests;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace GemmaSharp.Server.Endpoints;

/// <summary>POST /tokenize, /detokenize and /apply-template: what the model would read.</summary>
internal static class Tokens
{
    public static void Map(IEndpointRouteBuilder routes, ServerParts server)
    {
        routes.MapPost("/tokenize", http => AnswerAsync(http, server, Tokenize, ApiJson.Default.TokenizeBody));
        routes.MapPost("/detokenize", http => AnswerAsync(http, server, fields => Detokenize(fields, server.Model.VocabularySize), ApiJson.Default.DetokenizeBody));
        routes.MapPost("/apply-template", http => ApplyAsync(http, server));
    }

    private static async Task AnswerAsync<T>(HttpContext http, ServerParts server, Func<Fields, Func<GemmaEngine, T>> read, JsonTypeInfo<T> type)
    {
        Func<GemmaEngine, T> make = await server.Body.ReadAsync(http, read, tellsWarnings: false).ConfigureAwait(false);
        using ModelHold held = await server.Scheduler.HoldModelAsync(http.RequestAborted).ConfigureAwait(false);
        await http.Response.WriteAsync(make(held.Engine), type).ConfigureAwait(false);
    }

    private static Func<GemmaEngine, TokenizeBody> Tokenize(Fields fields)
    {
        string text = fields.RequireText("content");
        bool begins = fields.Flag("add_special"), parses = fields.Flag("parse_special"), shows = fields.Flag("with_pieces");
        return engine =>
        {
            TextTokens tokens = engine.Tokens;
            int[] ids = !begins ? tokens.Encode(text, parses)
                : parses ? [engine.Prompts.EncodeText("")[0], .. tokens.Encode(text, special: true)]
                : engine.Prompts.EncodeText(text);
            return new TokenizeBody(ids) { Pieces = shows ? [.. ids.Select(id => tokens.Describe(id).Text)] : null };
        };
    }

    private static Func<GemmaEngine, DetokenizeBody> Detokenize(Fields fields, int vocabulary)
    {
        int[] ids = TokenFields.Ids(fields.Require("tokens"), fields.PathOf("tokens"), vocabulary);
        return engine => new DetokenizeBody(engine.Tokens.Decode(ids, skipSpecial: false));
    }

    // The same conversation as a chat's, pictures and sounds as the placeholders they become.
    private static async Task ApplyAsync(HttpContext http, ServerParts server)
    {
        bool opens = true;
        AnswerRequest request = await server.Body.ReadAsync(http, fields =>
        {
            opens = fields.Flag("add_generation_prompt", missing: true);
            Models.Check(fields, server);
            return new AnswerRequest { Messages = new ChatMessages(server.Options).Read(fields), Tools = ToolFields.Read(fields, server.Options) };
        }, tellsWarnings: false).ConfigureAwait(false);
        IReadOnlyList<ChatMessage> messages = await server.Answers.LoadAsync(request, http.RequestAborted).ConfigureAwait(false);
        using ModelHold held = await server.Scheduler.HoldModelAsync(http.RequestAborted).ConfigureAwait(false);
        await http.Response.WriteAsync(new TemplateBody(held.Engine.Prompts.Show(messages, opens)), ApiJson.Default.TemplateBody).ConfigureAwait(false);
    }
}
