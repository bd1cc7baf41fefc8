using System.CommandLine;
using GemmaSharp.Server;

namespace GemmaSharp.Cli.Parsing;

/// <summary>How a server answers, and how much one may ask.</summary>
internal sealed class ServeArguments
{
    private static readonly ServerLimits Usual = new();
    private readonly ListenArguments _listen = new();
    private readonly Option<string?> _alias = new("--alias") { HelpName = "NAME", Description = "name of the model in requests; its file's or folder's name when left out" };
    private readonly Option<int?> _idle = NumberOption.Create("--idle-unload", [], 1, 100_000, "minutes without a request after which the model gives its memory back; the next request loads it again");
    private readonly Option<bool> _lenient = new("--lenient") { Description = "unknown fields of requests become warnings in the answer instead of errors" };
    private readonly Option<string> _tools = new("--tool-format") { HelpName = "json|hermes", Description = "how the model is told of tools", DefaultValueFactory = _ => "json" };
    private readonly Option<bool> _urls = new("--allow-media-urls") { Description = "fetch pictures and sounds from public http and https addresses" };
    private readonly Option<string?> _mediaPath = new("--media-path") { HelpName = "FOLDER", Description = "read file: addresses below this folder" };
    private readonly Option<int?> _concurrent = NumberOption.Create("--max-concurrent", [], 1, 256, $"answers computed at the same time ({Usual.Concurrent})");
    private readonly Option<int?> _queue = NumberOption.Create("--max-queue", [], 0, 100_000, $"requests that wait; more get status 429 ({Usual.Queue})");
    private readonly Option<long?> _prefixes = NumberOption.Create("--prefix-cache-bytes", [], 0L, 1L << 50, "keys and values kept for prompts that begin alike; 0 keeps none (a quarter of the free memory or a part of what --memory leaves, at most 4 GB)");
    private readonly Option<int?> _connections = NumberOption.Create("--max-connections", [], 1, 1_000_000, $"open connections ({Usual.Connections})");
    private readonly Option<int?> _body = NumberOption.Create("--max-body-bytes", [], 1024, 1 << 30, $"bytes of a request ({Usual.BodyBytes})");
    private readonly Option<int?> _part = NumberOption.Create("--max-part-bytes", [], 1024, 1 << 29, $"bytes of a picture or sound ({Usual.PartBytes})");
    private readonly Option<int?> _parts = NumberOption.Create("--max-media-parts", [], 0, 1024, $"pictures and sounds of a request ({Usual.MediaParts})");
    private readonly Option<int?> _pixels = NumberOption.Create("--max-image-pixels", [], 1, 64_000_000, "pixels of a picture (64000000)");
    private readonly Option<int?> _seconds = NumberOption.Create("--max-audio-seconds", [], 1, 3600, "seconds of a sound (3600)");
    private readonly Option<int?> _messages = NumberOption.Create("--max-messages", [], 1, 100_000, $"messages of a conversation ({Usual.Messages})");
    private readonly Option<int?> _tokens = NumberOption.Create("--max-answer-tokens", [], 1, int.MaxValue, "the most tokens that an answer may ask for");
    private readonly Option<int?> _choices = NumberOption.Create("--max-choices", [], 1, 128, $"answers to one request ({Usual.Choices})");
    private readonly Option<int?> _toolBytes = NumberOption.Create("--max-tool-bytes", [], 0, 1 << 24, $"characters of a request's tools ({Usual.ToolBytes})");
    private readonly Option<int?> _schemaBytes = NumberOption.Create("--max-schema-bytes", [], 0, 1 << 24, $"characters of a schema, grammar or expression ({Usual.SchemaBytes})");
    private readonly Option<int?> _toolCount = NumberOption.Create("--max-tools", [], 0, 10_000, $"tools of a request ({Usual.Tools})");
    private readonly Option<long?> _held = NumberOption.Create("--max-held-bytes", [], 1L << 20, 1L << 40, $"bytes of all requests held at the same time ({Usual.AllBodyBytes})");
    private readonly Option<int?> _stored = NumberOption.Create("--max-stored-responses", [], 0, 1_000_000, $"answers of /v1/responses that are kept ({Usual.StoredResponses})");
    private readonly Option<long?> _storedBytes = NumberOption.Create("--max-stored-bytes", [], 0L, 1L << 40, $"bytes of all of them ({Usual.StoredBytes})");
    private readonly Option<int?> _fetch = NumberOption.Create("--fetch-seconds", [], 1, 600, $"time in which an address must give its picture or sound ({Usual.FetchSeconds})");
    private readonly Option<int?> _drain = NumberOption.Create("--drain-seconds", [], 0, 3600, $"time in which /ready says no and requests are still taken, before the server ends ({Usual.DrainSeconds})");
    private readonly Option<int?> _shutdown = NumberOption.Create("--shutdown-seconds", [], 0, 3600, $"time that running answers have when the server ends ({Usual.ShutdownSeconds})");
    private readonly DraftArguments _draft = new();

    public void AddTo(Command command)
    {
        _listen.AddTo(command);
        Option[] options =
        [
            _alias, _idle, _lenient, _tools, _urls, _mediaPath, _concurrent, _queue, _prefixes, _connections,
            _body, _part, _parts, _pixels, _seconds, _messages, _tokens, _choices, _toolCount, _toolBytes, _schemaBytes, _held, _stored, _storedBytes, _fetch, _drain, _shutdown,
        ];
        foreach (Option option in options)
        {
            command.Options.Add(option);
        }

        _draft.AddTo(command);
    }

    public string? Alias(ParseResult parsed) => parsed.GetValue(_alias);

    /// <summary>The time without a request after which the model gives its memory back.</summary>
    public TimeSpan? Idle(ParseResult parsed) => parsed.GetValue(_idle) is int minutes ? TimeSpan.FromMinutes(minutes) : null;

    /// <summary>The engine's options with the limits of pictures and sounds and of what is kept, and how answers are drafted.</summary>
    public EngineOptions Bound(ParseResult parsed, EngineOptions engine) => engine with
    {
        MaxImagePixels = parsed.GetValue(_pixels) ?? engine.MaxImagePixels,
        MaxAudioSeconds = parsed.GetValue(_seconds) ?? engine.MaxAudioSeconds,
        PrefixCacheBytes = parsed.GetValue(_prefixes),
        Draft = _draft.Read(parsed),
    };

    public ServerOptions Read(ParseResult parsed) => _listen.Read(parsed, new ServerOptions
    {
        Lenient = parsed.GetValue(_lenient),
        ToolFormat = parsed.GetValue(_tools) ?? "",
        AllowMediaUrls = parsed.GetValue(_urls),
        MediaPath = parsed.GetValue(_mediaPath),
        Limits = Limits(parsed),
    });

    private ServerLimits Limits(ParseResult parsed) => Usual with
    {
        Concurrent = parsed.GetValue(_concurrent) ?? Usual.Concurrent,
        Queue = parsed.GetValue(_queue) ?? Usual.Queue,
        Connections = parsed.GetValue(_connections) ?? Usual.Connections,
        BodyBytes = parsed.GetValue(_body) ?? Usual.BodyBytes,
        PartBytes = parsed.GetValue(_part) ?? Usual.PartBytes,
        MediaParts = parsed.GetValue(_parts) ?? Usual.MediaParts,
        Messages = parsed.GetValue(_messages) ?? Usual.Messages,
        Tokens = parsed.GetValue(_tokens),
        Choices = parsed.GetValue(_choices) ?? Usual.Choices,
        ToolBytes = parsed.GetValue(_toolBytes) ?? Usual.ToolBytes,
        SchemaBytes = parsed.GetValue(_schemaBytes) ?? Usual.SchemaBytes,
        Tools = parsed.GetValue(_toolCount) ?? Usual.Tools,
        AllBodyBytes = parsed.GetValue(_held) ?? Usual.AllBodyBytes,
        StoredResponses = parsed.GetValue(_stored) ?? Usual.StoredResponses,
        StoredBytes = parsed.GetValue(_storedBytes) ?? Usual.StoredBytes,
        FetchSeconds = parsed.GetValue(_fetch) ?? Usual.FetchSeconds,
        DrainSeconds = parsed.GetValue(_drain) ?? Usual.DrainSeconds,
        ShutdownSeconds = parsed.GetValue(_shutdown) ?? Usual.ShutdownSeconds,
    };
}
