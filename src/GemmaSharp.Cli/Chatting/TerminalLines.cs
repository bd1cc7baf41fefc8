using System.Text;

namespace GemmaSharp.Cli.Chatting;

/// <summary>Lines typed on a terminal, drawn on stderr so that stdout keeps the answers alone.</summary>
internal sealed class TerminalLines : ILineSource
{
    private const char Escape = '\x1b';
    private readonly InputHistory _history = new();
    private int _row;

    public LineRead Read(string prompt)
    {
        LineEditor editor = new(_history);
        bool before = Console.TreatControlCAsInput;
        Console.TreatControlCAsInput = true;
        _row = 0;
        try
        {
            Draw(prompt, editor.Text, editor.Cursor);
            while (true)
            {
                EditorAction action = editor.Press(Console.ReadKey(intercept: true));
                if (action == EditorAction.ClearScreen)
                {
                    Console.Error.Write($"{Escape}[H{Escape}[2J");
                    _row = 0;
                }

                if (action is EditorAction.Send or EditorAction.Continue or EditorAction.Interrupt or EditorAction.Close)
                {
                    return Finish(prompt, editor.Text, action);
                }

                // A pasted block is drawn once.
                if (action is EditorAction.ClearScreen || (action == EditorAction.Changed && !Console.KeyAvailable))
                {
                    Draw(prompt, editor.Text, editor.Cursor);
                }
            }
        }
        finally
        {
            Console.TreatControlCAsInput = before;
        }
    }

    // A line's end with more keys already behind it was pasted and not typed.
    private LineRead Finish(string prompt, string text, EditorAction action)
    {
        Draw(prompt, text, text.Length);
        Console.Error.Write(action == EditorAction.Interrupt ? "^C\n" : "\n");
        return new LineRead(action == EditorAction.Send && Console.KeyAvailable ? EditorAction.Continue : action, text);
    }

    private void Draw(string prompt, string text, int cursor)
    {
        int width = int.Max(1, Console.WindowWidth);
        string shown = text.Replace('\t', ' ');
        (int endRow, int endColumn) = LineLayout.End(prompt + shown, width);
        (int row, int column) = LineLayout.End(prompt + shown[..cursor], width);
        StringBuilder drawing = new("\r");
        Up(drawing, _row).Append(Escape).Append("[J").Append(Escape).Append("[1;32m").Append(prompt).Append(Escape).Append("[0m").Append(shown);
        if (endColumn == 0 && endRow > 0)
        {
            // The terminal wraps a full row only when the next character comes.
            drawing.Append(" \r");
        }

        Up(drawing, endRow - row).Append('\r');
        if (column > 0)
        {
            drawing.Append(Escape).Append('[').Append(column).Append('C');
        }

        Console.Error.Write(drawing.ToString());
        _row = row;
    }

    private static StringBuilder Up(StringBuilder drawing, int rows) => rows > 0 ? drawing.Append(Escape).Append('[').Append(rows).Append('A') : drawing;
}
