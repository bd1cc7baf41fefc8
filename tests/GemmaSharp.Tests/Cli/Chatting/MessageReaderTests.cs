using GemmaSharp.Cli.Chatting;

namespace GemmaSharp.Tests.Cli.Chatting;

/// <summary>Lines to messages.</summary>
public sealed class MessageReaderTests
{
    [Theory]
    [InlineData("hello", "hello", false)]
    [InlineData("one\\\ntwo", "one\ntwo", true)]
    [InlineData("\"\"\"\n/one\ntwo\n\"\"\"", "/one\ntwo", true)]
    [InlineData("\"\"\"one\ntwo\"\"\"", "one\ntwo", true)]
    [InlineData("\"\"\"one\"\"\"", "one", true)]
    [InlineData("\"\"\"never closed\nand over", "never closed\nand over\n", true)]
    public void Read_Lines_OneMessage(string typed, string text, bool isBlock)
    {
        MessageReader reader = new(new ReaderLines(new StringReader(typed), TextWriter.Null));

        Assert.Equal(new TypedMessage(MessageEnd.Sent, text, isBlock), reader.Read());
        Assert.Equal(MessageEnd.Closed, reader.Read().End);
    }

    [Fact]
    public void Read_PastedLines_OneMessage()
    {
        MessageReader reader = new(new ScriptedLines(new(EditorAction.Continue, "/one"), new(EditorAction.Continue, ""), new(EditorAction.Send, "two")));

        Assert.Equal(new TypedMessage(MessageEnd.Sent, "/one\n\ntwo", IsBlock: true), reader.Read());
    }

    [Fact]
    public void Read_InterruptInABlock_DropsAllOfIt()
    {
        MessageReader reader = new(new ScriptedLines(new(EditorAction.Continue, "one"), new(EditorAction.Interrupt, "tw"), new(EditorAction.Interrupt, "")));

        Assert.Equal(new TypedMessage(MessageEnd.Dropped, "one\ntw"), reader.Read());
        Assert.Equal(new TypedMessage(MessageEnd.Dropped, ""), reader.Read());
    }

    private sealed class ScriptedLines(params LineRead[] reads) : ILineSource
    {
        private readonly Queue<LineRead> _reads = new(reads);

        public LineRead Read(string prompt) => _reads.Dequeue();
    }
}
