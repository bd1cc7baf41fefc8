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

/// <summary>POST /v1/audio/transcriptions and translations: what is said in a sound, window by window.</summary>
internal sealed class Transcriptions(ServerParts server)
{
    public static void Map(IEndpointRouteBuilder routes, ServerParts server)
    {
        Transcriptions transcriptions = new(server);
        routes.MapPost("/v1/audio/transcriptions", http => transcriptions.InvokeAsync(http, translates: false));
        routes.MapPost("/v1/audio/translations", http => transcriptions.InvokeAsync(http, translates: true));
    }

    private async Task InvokeAsync(HttpContext http, bool translates)
    {
        TranscriptionForm form = await TranscriptionForm.ReadAsync(http, server, translates).ConfigureAwait(false);
        using Transcript transcript = await server.Answers.TranscribeAsync(form, http).ConfigureAwait(false);
        if (form.Stream)
        {
            await new EventStream(http, server.Log).SendAsync(events => StreamAsync(events, transcript, http)).ConfigureAwait(false);
            return;
        }

        List<SegmentBody> segments = [];
        await foreach ((_, SegmentBody? segment) in transcript.ReadAsync(http.RequestAborted).ConfigureAwait(false))
        {
            segments.AddRange(segment is null ? [] : [segment]);
        }

        string text = Joined(segments);
        if (form.Format is "json" or "verbose_json")
        {
            await http.Response.WriteAsync(Body(form, translates, segments, transcript, http), ApiJson.Default.TranscriptionBody).ConfigureAwait(false);
            return;
        }

        http.Response.ContentType = form.Format == "vtt" ? "text/vtt; charset=utf-8" : "text/plain; charset=utf-8";
        string written = form.Format == "text" ? text + "\n" : Subtitles.Write(segments, form.Format == "vtt");
        await http.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(written), http.RequestAborted).ConfigureAwait(false);
    }

    private static TranscriptionBody Body(TranscriptionForm form, bool translates, List<SegmentBody> segments, Transcript transcript, HttpContext http)
    {
        TranscriptionBody body = new(Joined(segments)) { Usage = transcript.Usage, Timings = transcript.Timings, Warnings = Findings.Warnings(http) };
        return form.Format == "json" ? body : body with
        {
            Task = translates ? "translate" : "transcribe",
            Language = form.Language,
            Duration = segments is [.., SegmentBody last] ? last.End : 0,
            Segments = segments,
        };
    }

    private static async Task StreamAsync(EventStream events, Transcript transcript, HttpContext http)
    {
        List<SegmentBody> segments = [];
        bool between = false;
        await foreach ((string delta, SegmentBody? segment) in transcript.ReadAsync(http.RequestAborted).ConfigureAwait(false))
        {
            if (delta.Length > 0)
            {
                await events.SendAsync(new TranscriptionEvent("transcript.text.delta") { Delta = between ? " " + delta : delta }, ApiJson.Default.TranscriptionEvent).ConfigureAwait(false);
                between = false;
            }

            if (segment is not null)
            {
                segments.Add(segment);
                between = segment.Text.Length > 0 || between;
            }
        }

        TranscriptionEvent done = new("transcript.text.done") { Text = Joined(segments), Usage = transcript.Usage, Timings = transcript.Timings, Warnings = Findings.Warnings(http) };
        await events.SendAsync(done, ApiJson.Default.TranscriptionEvent).ConfigureAwait(false);
        await events.DoneAsync().ConfigureAwait(false);
    }

    private static string Joined(List<SegmentBody> segments) => string.Join(' ', segments.Select(segment => segment.Text).Where(text => text.Length > 0));
}
