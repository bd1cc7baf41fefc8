using System.Text;

namespace GemmaSharp.Cli.Chatting;

/// <summary>How reading a message ended.</summary>
internal enum MessageEnd
{
    /// <summary>It is complete.</summary>
    Sent,

    /// <summary>Ctrl+C took it back.</summary>
    Dropped,

    /// <summary>There is nothing more to read.</summary>
    Closed,
}

/// <summary>A message as it was typed.</summary>
/// <param name="End">How it ended.</param>
/// <param name="Text">Its lines.</param>
/// <param name="IsBlock">Whether it came as a block of lines, which is no command whatever it begins with.</param>
internal readonly record struct TypedMessage(MessageEnd End, string Text = "", bool IsBlock = false);

/// <summary>Puts lines together to messages: a backslash, a pasted line's end and a fence of three quotes go on in the next line.</summary>
internal sealed class MessageReader(ILineSource lines)
{
    private const string Fence = "\"\"\"";
    private const string FirstPrompt = "> ";
    private const string NextPrompt = "… ";

    /// <summary>Messages typed on the terminal.</summary>
    public static MessageReader OnTerminal(Screen screen) =>
        new(screen.IsTerminal && !Console.IsInputRedirected ? new TerminalLines() : new ReaderLines(Console.In, Console.Error));

    public TypedMessage Read()
    {
        StringBuilder text = new();
        bool fenced = false, block = false;
        while (true)
        {
            LineRead read = lines.Read(block ? NextPrompt : FirstPrompt);
            switch (read.End)
            {
                case EditorAction.Interrupt:
                    return new TypedMessage(MessageEnd.Dropped, text.Append(read.Text).ToString());
                case EditorAction.Close:
                    return block ? new TypedMessage(MessageEnd.Sent, text.ToString(), IsBlock: true) : new TypedMessage(MessageEnd.Closed);
            }

            string line = read.Text;
            if (!block && line.StartsWith(Fence, StringComparison.Ordinal))
            {
                (fenced, line) = (true, line[Fence.Length..]);
            }

            bool closed = fenced && line.EndsWith(Fence, StringComparison.Ordinal);
            bool continued = !fenced && line.EndsWith('\\');
            text.Append(closed ? line[..^Fence.Length] : continued ? line[..^1] : line);
            if (closed || !(fenced || continued || read.End == EditorAction.Continue))
            {
                return new TypedMessage(MessageEnd.Sent, fenced ? text.ToString().Trim('\n') : text.ToString(), block || fenced);
            }

            text.Append('\n');
            block = true;
        }
    }
}
