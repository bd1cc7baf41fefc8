using System.CommandLine;
using GemmaSharp.Server;

namespace GemmaSharp.Cli.Parsing;

/// <summary>Where a program listens, and who may ask it.</summary>
internal sealed class ListenArguments
{
    private readonly Option<string> _host = new("--host") { HelpName = "ADDRESS", Description = "address to listen on; others than this machine's own need a key", DefaultValueFactory = _ => "127.0.0.1" };
    private readonly Option<int?> _port = NumberOption.Create("--port", [], 0, 65535, "port to listen on; 0 takes a free one (8080)");
    private readonly Option<string[]> _keys = new("--api-key") { HelpName = "KEY", Description = "a key that requests must bear; may be repeated, but the list of processes shows it" };
    private readonly Option<string?> _keyFile = new("--api-key-file") { HelpName = "FILE", Description = "file with one key a line" };
    private readonly Option<string[]> _hosts = new("--allowed-host") { HelpName = "NAME", Description = "a name by which the server is reached; may be repeated" };
    private readonly Option<string[]> _origins = new("--cors-origin") { HelpName = "ORIGIN", Description = "a site whose pages may ask, such as https://example.org; may be repeated" };
    private readonly Option<string?> _certificate = new("--tls-cert") { HelpName = "FILE", Description = "certificate in PEM form; https is spoken with it" };
    private readonly Option<string?> _certificateKey = new("--tls-key") { HelpName = "FILE", Description = "the certificate's key in PEM form" };

    public void AddTo(Command command)
    {
        foreach (Option option in (Option[])[_host, _port, _keys, _keyFile, _hosts, _origins, _certificate, _certificateKey])
        {
            command.Options.Add(option);
        }
    }

    /// <summary>A program's options with what the command line says of these.</summary>
    public T Read<T>(ParseResult parsed, T options)
        where T : ListeningOptions => (T)((ListeningOptions)options with
        {
            Host = parsed.GetValue(_host) ?? "",
            Port = parsed.GetValue(_port) ?? 8080,
            ApiKeys = [.. parsed.GetValue(_keys) ?? [], .. parsed.GetValue(_keyFile) is string file ? Keys(file) : []],
            AllowedHosts = parsed.GetValue(_hosts) ?? [],
            CorsOrigins = parsed.GetValue(_origins) ?? [],
            TlsCertificate = parsed.GetValue(_certificate),
            TlsKey = parsed.GetValue(_certificateKey),
        });

    /// <summary>The keys of a file, one a line.</summary>
    public static string[] Keys(string file) => [.. File.ReadAllLines(file).Select(line => line.Trim()).Where(line => line.Length > 0)];
}
