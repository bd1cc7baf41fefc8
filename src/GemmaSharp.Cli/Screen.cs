using Spectre.Console;

namespace GemmaSharp.Cli;

/// <summary>What is said beside the answer: notices, a spinner while something takes long, figures.</summary>
/// <param name="error">stderr; the answer alone goes to stdout.</param>
internal sealed class Screen(TextWriter error)
{
    // Shorter waits would only make the screen flicker.
    private const int SpinnerDelayMilliseconds = 300;
    private readonly Lazy<IAnsiConsole> _console = new(() => AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(error) }));

    /// <summary>Whether stderr is a terminal on which the cursor can be moved.</summary>
    public bool IsTerminal => error == Console.Error && !Console.IsErrorRedirected && _console.Value.Profile.Capabilities.Ansi;

    public void Notice(string text) => error.WriteLine($"gemmasharp: {text}");

    public void Hint(string text)
    {
        if (IsTerminal)
        {
            _console.Value.Write(new Text(text + Environment.NewLine, new Style(decoration: Decoration.Dim)));
        }
        else
        {
            error.WriteLine(text);
        }
    }

    /// <summary>Names and values under each other.</summary>
    public void Show(IReadOnlyList<(string Name, string Value)> facts)
    {
        if (!IsTerminal)
        {
            foreach ((string name, string value) in facts)
            {
                error.WriteLine($"{name}: {value}");
            }

            return;
        }

        Grid grid = new Grid().AddColumn(new GridColumn().NoWrap().PadRight(2)).AddColumn();
        foreach ((string name, string value) in facts)
        {
            grid.AddRow(new Text(name, new Style(decoration: Decoration.Dim)), new Text(value));
        }

        _console.Value.Write(grid);
    }

    /// <summary>Waits for work; on a terminal a spinner says what it is about.</summary>
    public async Task<T> WaitAsync<T>(string what, Task<T> work)
    {
        if (IsTerminal && !await EndsSoonAsync(work).ConfigureAwait(false))
        {
            await _console.Value.Status().StartAsync(Markup.Escape(what), _ => Task.WhenAny(work)).ConfigureAwait(false);
        }

        return await work.ConfigureAwait(false);
    }

    private static async Task<bool> EndsSoonAsync(Task work) => await Task.WhenAny(work, Task.Delay(SpinnerDelayMilliseconds)).ConfigureAwait(false) == work;
}
