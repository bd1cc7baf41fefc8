using System.Diagnostics;
using System.Text;

namespace GemmaSharp.Tests.Cli.Chatting;

/// <summary>The chat on a real pseudo-terminal: keys in, answers alone on the redirected stdout.</summary>
public sealed class TerminalChatTests
{
    // Before it is drawn Ctrl+C is a signal and no key.
    private const string Prompt = "> ";

    // The terminal sends Ctrl+C to the shell as well; dash dies of it unless it has a trap (which its children do not inherit).
    private const string Shell = "trap : INT; ";
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    [TerminalFact]
    public async Task Run_KeysOnATerminal_EditsAnswersStopsAndLeaves()
    {
        PocketTurn[] turns = PocketCases.All().First(one => one.Length == 3);
        string answers = Path.GetTempFileName();
        string command = $"{Shell}stty cols 100 rows 30; '{string.Join("' '", CliProgram.Command)}' run --verbose > '{answers}'; echo left with $?";
        using Process terminal = CliProgram.Start(["env", "--default-signal=INT", "script", "-q", "-e", "-f", "-c", command, "/dev/null"]);
        Screenplay play = new(terminal);
        try
        {
            await play.WaitForAsync("Ctrl+D leaves.");
            await play.TypeAsync($"/image {turns[0].Images[0]}\r", "goes with the next message");
            await play.TypeAsync("Is there a sqaure?\x7f\x7f\x7f\x7f\x7fuare?\r", "tokens/s");
            Assert.Equal([turns[0].Answer], await File.ReadAllLinesAsync(answers));

            await play.TypeAsync($"{turns[1].Text}\r", "from the cache");
            await play.TypeAsync("\x1b[A\x1b[A\x01\x0b\"\"\"\r", "… ");
            await play.TypeAsync($"{turns[2].Text}\"\"\"\r", "from the cache");
            Assert.Equal(turns.Select(turn => turn.Answer), await File.ReadAllLinesAsync(answers));

            // Before the prompt the terminal itself would take the key, and drop what was typed with it.
            await play.WaitForAsync(Prompt);
            await play.TypeAsync("forget this\x03", "^C");
            await play.WaitForAsync(Prompt);
            await play.TypeAsync("\x03", "Ctrl+C again leaves");
            await play.WaitForAsync(Prompt);
            await play.TypeAsync("\x03", "left with 0");
        }
        finally
        {
            terminal.Kill(entireProcessTree: true);
            File.Delete(answers);
        }
    }

    [TerminalFact]
    public async Task Run_InterruptInAnAnswer_StopsTheAnswerAndNotTheProgram()
    {
        using EndlessPocket model = new();
        string answers = Path.GetTempFileName();
        string command = $"{Shell}stty cols 100 rows 30; '{string.Join("' '", (string[])[.. CliProgram.Command, "run", .. model.Arguments])}' > '{answers}'; echo left with $?";
        using Process terminal = CliProgram.Start(["env", "--default-signal=INT", "script", "-q", "-e", "-f", "-c", command, "/dev/null"]);
        Screenplay play = new(terminal);
        try
        {
            await play.WaitForAsync("Ctrl+D leaves.");
            await play.TypeAsync("Good morning!\r", "Good morning!");
            await play.WaitForFirstTextAsync(answers);
            await play.TypeAsync("\x03", "Stopped; this turn is not kept.");
            await play.TypeAsync("/help\r", "/save FILE");
            await play.WaitForAsync(Prompt);
            await play.TypeAsync("\x04", "left with 0");
        }
        finally
        {
            terminal.Kill(entireProcessTree: true);
            File.Delete(answers);
        }
    }

    private sealed class TerminalFactAttribute : FactAttribute
    {
        public TerminalFactAttribute() =>
            Skip = OperatingSystem.IsLinux() && (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(folder => File.Exists(Path.Combine(folder, "script")))
                ? null
                : "needs Linux's script program for a pseudo-terminal";
    }

    /// <summary>Types, and waits for what the screen must show next.</summary>
    private sealed class Screenplay(Process terminal)
    {
        private readonly StringBuilder _shown = new();
        private int _from;

        public async Task TypeAsync(string keys, string expected)
        {
            await terminal.StandardInput.WriteAsync(keys);
            await terminal.StandardInput.FlushAsync();
            await WaitForAsync(expected);
        }

        public async Task WaitForFirstTextAsync(string file)
        {
            using CancellationTokenSource limit = new(Limit);
            while (new FileInfo(file).Length == 0)
            {
                Assert.False(terminal.HasExited, $"no text came: {_shown}");
                await Task.Delay(TimeSpan.FromMilliseconds(5), limit.Token);
            }
        }

        public async Task WaitForAsync(string expected)
        {
            using CancellationTokenSource limit = new(Limit);
            char[] buffer = new char[1024];
            using CancellationTokenRegistration late = limit.Token.Register(() => terminal.Kill(entireProcessTree: true));
            for (int at; ; _shown.Append(buffer, 0, await terminal.StandardOutput.ReadAsync(buffer, CancellationToken.None)))
            {
                at = _shown.ToString().IndexOf(expected, _from, StringComparison.Ordinal);
                if (at >= 0)
                {
                    _from = at + expected.Length;
                    return;
                }

                Assert.False(terminal.HasExited && terminal.StandardOutput.Peek() < 0, $"'{expected}' did not come: {_shown}");
            }
        }
    }
}
