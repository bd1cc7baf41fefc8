namespace GemmaSharp.Cli.Chatting;

/// <summary>Lines of a text, for a terminal that cannot move its cursor.</summary>
internal sealed class ReaderLines(TextReader reader, TextWriter prompts) : ILineSource
{
    public LineRead Read(string prompt)
    {
        prompts.Write(prompt);
        prompts.Flush();
        return reader.ReadLine() is string line ? new LineRead(EditorAction.Send, line) : new LineRead(EditorAction.Close, "");
    }
}
