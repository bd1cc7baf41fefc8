using System.Diagnostics;
using System.Text;

namespace GemmaSharp.Tests.Cli;

/// <summary>What a run of the program left.</summary>
internal sealed record CliResult(int ExitCode, string Output, string Errors)
{
    /// <summary>The one line of a refusal: exit code 1, nothing on stdout, one line on stderr.</summary>
    public string Refusal()
    {
        Assert.True(ExitCode == 1 && Output.Length == 0, $"exit code {ExitCode}, stdout '{Output}', stderr '{Errors}'");
        string line = Errors.TrimEnd('\n');
        Assert.StartsWith("gemmasharp: ", line, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', line);
        return line["gemmasharp: ".Length..];
    }

    /// <summary>The answer of a run that went well.</summary>
    public string Answer()
    {
        Assert.True(ExitCode == 0, $"exit code {ExitCode}, stderr '{Errors}'");
        Assert.EndsWith("\n", Output, StringComparison.Ordinal);
        return Output[..^1];
    }
}

/// <summary>Runs the built program as a user does: as a process of its own.</summary>
internal static class CliProgram
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);
    private static readonly string Program = Path.Combine(AppContext.BaseDirectory, "GemmaSharp.Cli.dll");

    /// <summary>The program and the words before its own arguments.</summary>
    public static IReadOnlyList<string> Command => ["dotnet", Program];

    public static Task<CliResult> RunAsync(params string[] arguments) => RunAsync(arguments, input: "");

    /// <summary>Runs the program with text on stdin and variables beside those of this process.</summary>
    public static async Task<CliResult> RunAsync(string[] arguments, string input, IReadOnlyDictionary<string, string>? variables = null)
    {
        using Process process = Start([.. Command, .. arguments], variables);
        Task<string> output = process.StandardOutput.ReadToEndAsync(), errors = process.StandardError.ReadToEndAsync();
        await FeedAsync(process, input);
        return await FinishAsync(process, output, errors);
    }

    /// <summary>Interrupts the program once it has written some of its answer.</summary>
    public static async Task<CliResult> InterruptAsync(params string[] arguments)
    {
        // Where the tests themselves were started in the background, an interrupt would be ignored.
        using Process process = Start(["env", "--default-signal=INT", .. Command, .. arguments]);
        process.StandardInput.Close();
        Task<string> errors = process.StandardError.ReadToEndAsync();
        char[] first = new char[1];
        Assert.Equal(1, await process.StandardOutput.ReadAsync(first));
        using Process kill = Process.Start("kill", ["-INT", $"{process.Id}"]);
        CliResult result = await FinishAsync(process, process.StandardOutput.ReadToEndAsync(), errors);
        return result with { Output = first[0] + result.Output };
    }

    public static Process Start(IReadOnlyList<string> command, IReadOnlyDictionary<string, string>? variables = null)
    {
        ProcessStartInfo start = new(command[0], command.Skip(1))
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8,
            StandardErrorEncoding = Encoding.UTF8,
            StandardInputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false),
        };
        foreach ((string name, string value) in variables ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        return Process.Start(start)!;
    }

    private static async Task FeedAsync(Process process, string input)
    {
        try
        {
            await process.StandardInput.WriteAsync(input);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // The program ended before it read everything, as it may.
        }
    }

    private static async Task<CliResult> FinishAsync(Process process, Task<string> output, Task<string> errors)
    {
        using CancellationTokenSource limit = new(Limit);
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }

        return new CliResult(process.ExitCode, await output, await errors);
    }
}
