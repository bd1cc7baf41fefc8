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
        routes.MapPost("/tokenize", server.WithModel(http => AnswerAsync(http, server, Tokenize, ApiJson.Default.TokenizeBody)));
        routes.MapPost("/detokenize", server.WithModel(http => AnswerAsync(http, server, Detokenize, ApiJson.Default.DetokenizeBody)));
        routes.MapPost("/apply-template", server.WithModel(http => ApplyAsync(http, server)));
    }

    private static async Task AnswerAsync<T>(HttpContext http, ServerParts server, Func<Fields, GemmaEngine, T> read, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type)
    {
        GemmaEngine engine = server.Model.Engine;
        await http.Response.WriteAsync(await server.Body.ReadAsync(http, fields => read(fields, engine), tellsWarnings: false).ConfigureAwait(false), type).ConfigureAwait(false);
    }

    private static TokenizeBody Tokenize(Fields fields, GemmaEngine engine)
    {
        TextTokens tokens = engine.Tokens;
        string text = fields.RequireText("content");
        bool begins = fields.Flag("add_special"), parses = fields.Flag("parse_special");
        int[] ids = !begins ? tokens.Encode(text, parses)
            : parses ? [engine.Prompts.EncodeText("")[0], .. tokens.Encode(text, special: true)]
            : engine.Prompts.EncodeText(text);
        return new TokenizeBody(ids) { Pieces = fields.Flag("with_pieces") ? [.. ids.Select(id => tokens.Describe(id).Text)] : null };
    }

    private static DetokenizeBody Detokenize(Fields fields, GemmaEngine engine) =>
        new(engine.Tokens.Decode(TokenFields.Ids(fields.Require("tokens"), fields.PathOf("tokens"), engine.Tokens.Count), skipSpecial: false));

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
        await http.Response.WriteAsync(new TemplateBody(server.Model.Engine.Prompts.Show(messages, opens)), ApiJson.Default.TemplateBody).ConfigureAwait(false);
    }
}
