using GemmaSharp.Server.Answers;
using GemmaSharp.Server.Http;
using GemmaSharp.Server.Media;
using GemmaSharp.Server.Scheduling;

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
        Scheduler = new Scheduler(model, options.Limits, log);
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

    public void Dispose()
    {
        Scheduler.Dispose();
        _media.Dispose();
    }
}
