namespace GemmaSharp.Cli.Chatting;

/// <summary>Where lines come from: keys of a terminal, or a text.</summary>
internal interface ILineSource
{
    /// <summary>Reads a line.</summary>
    /// <param name="prompt">Stands before it on a terminal.</param>
    LineRead Read(string prompt);
}

/// <summary>A line and how it ended: Send, Continue, Interrupt or Close.</summary>
internal readonly record struct LineRead(EditorAction End, string Text);
