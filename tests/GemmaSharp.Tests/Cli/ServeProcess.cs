using System.Collections.Concurrent;
using System.Diagnostics;

namespace GemmaSharp.Tests.Cli;

/// <summary>The server as a process of its own, on a free port, ready to answer.</summary>
internal sealed class ServeProcess : IDisposable
{
    private readonly Process _process;

    private ServeProcess(Process process, Uri address)
    {
        (_process, Address, Client) = (process, address, new HttpClient { BaseAddress = address, Timeout = TimeSpan.FromMinutes(5) });
        _ = ReadOnAsync();
    }

    public Uri Address { get; }

    public HttpClient Client { get; }

    /// <summary>Lines that it wrote to stderr since it was ready.</summary>
    public ConcurrentQueue<string> Log { get; } = [];

    public static async Task<ServeProcess> StartAsync(string[] arguments, IReadOnlyDictionary<string, string>? variables = null)
    {
        Process process = CliProgram.Start([.. CliProgram.Command, "serve", "--port", "0", .. arguments], variables);
        string address = "";
        for (string? line = ""; !line.EndsWith(": ready", StringComparison.Ordinal); line = await process.StandardError.ReadLineAsync() ?? throw new InvalidOperationException("the server ended"))
        {
            address = line.Split(' ').FirstOrDefault(word => word.StartsWith("http://127.0.0.1:", StringComparison.Ordinal))?.TrimEnd(',') ?? address;
        }

        return new ServeProcess(process, new Uri(address));
    }

    /// <summary>Ends it as a service manager does; the exit code.</summary>
    public async Task<int> EndAsync()
    {
        using Process kill = Process.Start("kill", ["-TERM", $"{_process.Id}"]);
        await _process.WaitForExitAsync();
        return _process.ExitCode;
    }

    /// <summary>Ends it as a crash does.</summary>
    public void Kill() => _process.Kill(entireProcessTree: true);

    public void Dispose()
    {
        Client.Dispose();
        Kill();
        _process.Dispose();
    }

    // To the end, so that the server never waits for a reader.
    private async Task ReadOnAsync()
    {
        while (await _process.StandardError.ReadLineAsync() is string line)
        {
            Log.Enqueue(line);
        }
    }
}
