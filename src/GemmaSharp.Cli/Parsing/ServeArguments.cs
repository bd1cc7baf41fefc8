using System.CommandLine;
using GemmaSharp.Server;

namespace GemmaSharp.Cli.Parsing;

/// <summary>Where a server listens, who may ask it, and how much.</summary>
internal sealed class ServeArguments
{
    private static readonly ServerLimits Usual = new();
    private readonly Option<string> _host = new("--host") { HelpName = "ADDRESS", Description = "address to listen on; others than this machine's own need a key", DefaultValueFactory = _ => "127.0.0.1" };
    private readonly Option<int?> _port = NumberOption.Create("--port", [], 0, 65535, "port to listen on; 0 takes a free one (8080)");
    private readonly Option<string[]> _keys = new("--api-key") { HelpName = "KEY", Description = "a key that requests must bear; may be repeated, but the list of processes shows it" };
    private readonly Option<string?> _keyFile = new("--api-key-file") { HelpName = "FILE", Description = "file with one key a line" };
    private readonly Option<string[]> _hosts = new("--allowed-host") { HelpName = "NAME", Description = "a name by which the server is reached; may be repeated" };
    private readonly Option<string[]> _origins = new("--cors-origin") { HelpName = "ORIGIN", Description = "a site whose pages may ask, such as https://example.org; may be repeated" };
    private readonly Option<string?> _certificate = new("--tls-cert") { HelpName = "FILE", Description = "certificate in PEM form; https is spoken with it" };
    private readonly Option<string?> _certificateKey = new("--tls-key") { HelpName = "FILE", Description = "the certificate's key in PEM form" };
    private readonly Option<string?> _alias = new("--alias") { HelpName = "NAME", Description = "name of the model in requests; its file's or folder's name when left out" };
    private readonly Option<bool> _lenient = new("--lenient") { Description = "unknown fields of requests become warnings in the answer instead of errors" };
    private readonly Option<string> _tools = new("--tool-format") { HelpName = "json|hermes", Description = "how the model is told of tools", DefaultValueFactory = _ => "json" };
    private readonly Option<bool> _urls = new("--allow-media-urls") { Description = "fetch pictures and sounds from public http and https addresses" };
    private readonly Option<string?> _mediaPath = new("--media-path") { HelpName = "FOLDER", Description = "read file: addresses below this folder" };
    private readonly Option<int?> _concurrent = NumberOption.Create("--max-concurrent", [], 1, 256, $"answers computed at the same time ({Usual.Concurrent})");
    private readonly Option<int?> _queue = NumberOption.Create("--max-queue", [], 0, 100_000, $"requests that wait; more get status 429 ({Usual.Queue})");
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
    private readonly Option<int?> _shutdown = NumberOption.Create("--shutdown-seconds", [], 0, 3600, $"time that running answers have when the server ends ({Usual.ShutdownSeconds})");

    public void AddTo(Command command)
    {
        Option[] options =
        [
            _host, _port, _keys, _keyFile, _hosts, _origins, _certificate, _certificateKey, _alias, _lenient, _tools, _urls, _mediaPath, _concurrent, _queue, _connections,
            _body, _part, _parts, _pixels, _seconds, _messages, _tokens, _choices, _toolCount, _toolBytes, _held, _stored, _storedBytes, _fetch, _shutdown,
        ];
        foreach (Option option in options)
        {
            command.Options.Add(option);
        }
    }

    public string? Alias(ParseResult parsed) => parsed.GetValue(_alias);

    /// <summary>The engine's options with the limits of pictures and sounds.</summary>
    public EngineOptions Bound(ParseResult parsed, EngineOptions engine) => engine with
    {
        MaxImagePixels = parsed.GetValue(_pixels) ?? engine.MaxImagePixels,
        MaxAudioSeconds = parsed.GetValue(_seconds) ?? engine.MaxAudioSeconds,
    };

    public ServerOptions Read(ParseResult parsed) => new()
    {
        Host = parsed.GetValue(_host) ?? "",
        Port = parsed.GetValue(_port) ?? 8080,
        ApiKeys = [.. parsed.GetValue(_keys) ?? [], .. parsed.GetValue(_keyFile) is string file ? Keys(file) : []],
        AllowedHosts = parsed.GetValue(_hosts) ?? [],
        CorsOrigins = parsed.GetValue(_origins) ?? [],
        TlsCertificate = parsed.GetValue(_certificate),
        TlsKey = parsed.GetValue(_certificateKey),
        Lenient = parsed.GetValue(_lenient),
        ToolFormat = parsed.GetValue(_tools) ?? "",
        AllowMediaUrls = parsed.GetValue(_urls),
        MediaPath = parsed.GetValue(_mediaPath),
        Limits = Limits(parsed),
    };

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
        ShutdownSeconds = parsed.GetValue(_shutdown) ?? Usual.ShutdownSeconds,
    };

    private static string[] Keys(string file) => [.. File.ReadAllLines(file).Select(line => line.Trim()).Where(line => line.Length > 0)];
}
