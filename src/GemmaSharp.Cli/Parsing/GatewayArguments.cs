using System.CommandLine;
using GemmaSharp.Gateway;

namespace GemmaSharp.Cli.Parsing;

/// <summary>Which replicas a gateway hands requests to, and how.</summary>
internal sealed class GatewayArguments
{
    private static readonly GatewayLimits Usual = new();
    private readonly ListenArguments _listen = new();
    private readonly Option<string[]> _replicas = new("--replica") { HelpName = "URL", Description = "a server to hand requests to, such as http://10.0.0.1:8080; may be repeated" };
    private readonly Option<string?> _file = new("--replica-file") { HelpName = "FILE", Description = "file with one such address a line, read again when it changes" };
    private readonly Option<string?> _replicaKey = new("--replica-api-key-file") { HelpName = "FILE", Description = "file with the key that replicas are asked with; what the client bears is handed on when left out" };
    private readonly Option<string?> _adminKeys = new("--admin-key-file") { HelpName = "FILE", Description = "file with the keys that may list, drain and resume replicas, one a line; nobody may when left out" };
    private readonly Option<int?> _slack = NumberOption.Create("--affinity-slack", [], 0, 100_000, $"requests that a conversation's replica may run more than the idlest one before another is taken ({Usual.Slack})");
    private readonly Option<double?> _check = NumberOption.Create("--check-seconds", [], 0.05, 600.0, $"time between two looks at a replica's /ready ({Usual.CheckInterval.TotalSeconds:0})");
    private readonly Option<int?> _silence = NumberOption.Create("--silence-seconds", [], 1, 86_400, $"time in which a replica may say nothing; an answer that is not streamed says nothing until it is whole ({Usual.SilenceSeconds})");
    private readonly Option<int?> _connections = NumberOption.Create("--max-connections", [], 1, 1_000_000, $"open connections of clients ({Usual.Connections})");
    private readonly Option<int?> _body = NumberOption.Create("--max-body-bytes", [], 1024, 1 << 30, $"bytes of a request ({Usual.BodyBytes})");
    private readonly Option<int?> _buffered = NumberOption.Create("--max-buffered-bytes", [], 0, 1 << 30, $"bytes of a request that is held, to know its conversation and to send it again when a replica fails ({Usual.BufferedBytes})");
    private readonly Option<long?> _held = NumberOption.Create("--max-held-bytes", [], 0L, 1L << 40, $"bytes of all requests held at the same time ({Usual.AllBufferedBytes})");
    private readonly Option<int?> _ids = NumberOption.Create("--max-response-ids", [], 0, 100_000_000, $"stored responses whose replica is remembered ({Usual.ResponseIds})");
    private readonly Option<int?> _drain = NumberOption.Create("--drain-seconds", [], 0, 3600, $"time in which /ready says no and requests are still taken, before the gateway ends ({Usual.DrainSeconds})");
    private readonly Option<int?> _shutdown = NumberOption.Create("--shutdown-seconds", [], 0, 3600, $"time that running answers have when the gateway ends ({Usual.ShutdownSeconds})");

    public void AddTo(Command command)
    {
        foreach (Option option in (Option[])[_replicas, _file, _replicaKey, _adminKeys, _slack, _check, _silence])
        {
            command.Options.Add(option);
        }

        _listen.AddTo(command);
        foreach (Option option in (Option[])[_connections, _body, _buffered, _held, _ids, _drain, _shutdown])
        {
            command.Options.Add(option);
        }
    }

    public GatewayOptions Read(ParseResult parsed) => _listen.Read(parsed, new GatewayOptions
    {
        Replicas = parsed.GetValue(_replicas) ?? [],
        ReplicaFile = parsed.GetValue(_file),
        ReplicaKey = parsed.GetValue(_replicaKey) is string file ? OneKey(file) : null,
        AdminKeys = parsed.GetValue(_adminKeys) is string admin ? ListenArguments.Keys(admin) : [],
        Limits = Usual with
        {
            Slack = parsed.GetValue(_slack) ?? Usual.Slack,
            CheckInterval = parsed.GetValue(_check) is double seconds ? TimeSpan.FromSeconds(seconds) : Usual.CheckInterval,
            SilenceSeconds = parsed.GetValue(_silence) ?? Usual.SilenceSeconds,
            Connections = parsed.GetValue(_connections) ?? Usual.Connections,
            BodyBytes = parsed.GetValue(_body) ?? Usual.BodyBytes,
            BufferedBytes = parsed.GetValue(_buffered) ?? Usual.BufferedBytes,
            AllBufferedBytes = parsed.GetValue(_held) ?? Usual.AllBufferedBytes,
            ResponseIds = parsed.GetValue(_ids) ?? Usual.ResponseIds,
            DrainSeconds = parsed.GetValue(_drain) ?? Usual.DrainSeconds,
            ShutdownSeconds = parsed.GetValue(_shutdown) ?? Usual.ShutdownSeconds,
        },
    });

    private static string OneKey(string file) => ListenArguments.Keys(file) is [string key, ..] ? key : throw new ArgumentException($"{file}: no key found, one expected");
}
