using GemmaSharp.Server.Answers;
using GemmaSharp.Server.Http;
using GemmaSharp.Server.Media;
using GemmaSharp.Server.Scheduling;
using Microsoft.AspNetCore.Http;

namespace GemmaSharp.Server;

/// <summary>What endpoints work with.</summary>
internal sealed class ServerParts : IDisposable
{
    private readonly MediaSource _media;

    public ServerParts(ServerOptions options, ServedModel model, Action<string> log)
    {
        Tools.ToolFormat.Find(options.ToolFormat);
        (Options, Model, Log) = (options, model, log);
        Body = new RequestBody(options);
        Responses = new ResponseStore(options.Limits);
        Constraints = new Requests.Constraint(options);
        Scheduler = new Scheduler(model, options.Limits);
        _media = new MediaSource(options);
        Answers = new AnswerStart(options, Scheduler, _media, Metrics);
    }

    public ServerOptions Options { get; }

    public ServedModel Model { get; }

    public RequestBody Body { get; }

    public Requests.Constraint Constraints { get; }

    public Scheduler Scheduler { get; }

    public AnswerStart Answers { get; }

    public ResponseStore Responses { get; }

    public Metrics Metrics { get; } = new();

    /// <summary>Takes one line.</summary>
    public Action<string> Log { get; }

    /// <summary>A route that needs the model: the model stays until it has answered, and is waited for where it must be loaded again.</summary>
    public RequestDelegate WithModel(RequestDelegate route) => async http =>
    {
        using IDisposable held = await HoldModelAsync(http).ConfigureAwait(false);
        await route(http).ConfigureAwait(false);
    };

    /// <summary>Holds the model until what is given is disposed.</summary>
    /// <exception cref="ApiException">It is not there, and too many wait for it or it cannot be loaded.</exception>
    public async Task<IDisposable> HoldModelAsync(HttpContext http)
    {
        try
        {
            return await Model.HoldAsync(Options.Limits.Concurrent + Options.Limits.Queue, http.RequestAborted).ConfigureAwait(false);
        }
        catch (Exception error) when (error is not (ApiException or OperationCanceledException))
        {
            Log($"the model cannot be loaded again: {error.Message}");
            throw ApiException.Unavailable("the model cannot be loaded again; the server's log says why");
        }
    }

    public void Dispose()
    {
        Scheduler.Dispose();
        _media.Dispose();
    }
}
