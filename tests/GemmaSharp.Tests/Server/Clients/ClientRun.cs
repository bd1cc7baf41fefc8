using System.Diagnostics;

namespace GemmaSharp.Tests.Server.Clients;

/// <summary>Runs programs of clients in the repository's folder, as a reader of the docs does.</summary>
internal static class ClientRun
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    /// <summary>Where tests/fetch-openai-client.sh puts the JavaScript client.</summary>
    public static string NodeFolder { get; } = Path.Combine(Fixture.Repository, "artifacts", "openai-node");

    /// <summary>Whether a program is on the path.</summary>
    public static bool Has(string program) => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(folder => File.Exists(Path.Combine(folder, program)));

    /// <summary>What a program that must end well has written.</summary>
    public static async Task<string> RunAsync(string program, IReadOnlyList<string> arguments, string input = "", string? folder = null)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder ?? Fixture.Repository, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
        })!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(), errors = process.StandardError.ReadToEndAsync();
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        using CancellationTokenSource limit = new(Limit);
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        finally
        {
            process.Kill(entireProcessTree: true);
        }

        Assert.True(process.ExitCode == 0, $"{program} ended with {process.ExitCode}: {await errors}");
        return await output;
    }
}

/// <summary>A test that needs a program, and maybe OpenAI's JavaScript client.</summary>
internal sealed class ProgramFactAttribute : FactAttribute
{
    public ProgramFactAttribute(string program, bool needsClient = false) => Skip =
        !ClientRun.Has(program) ? $"{program} is not installed"
        : needsClient && !Directory.Exists(ClientRun.NodeFolder) ? $"{ClientRun.NodeFolder} is not there: tests/fetch-openai-client.sh fetches it by npm"
        : null;
}
