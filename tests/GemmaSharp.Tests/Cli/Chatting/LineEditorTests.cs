using CsCheck;
using GemmaSharp.Cli.Chatting;

namespace GemmaSharp.Tests.Cli.Chatting;

/// <summary>Keys in, text and cursor out.</summary>
public sealed class LineEditorTests
{
    private const int KeySequences = 2000;
    private readonly LineEditor _editor = new(new InputHistory());

    [Fact]
    public void Press_Letters_InsertAtTheCursor()
    {
        Type("held");
        Press(ConsoleKey.LeftArrow);
        Type("lo wor");
        Press(ConsoleKey.Home);
        Press(ConsoleKey.RightArrow);

        Assert.Equal(("hello word", 1), (_editor.Text, _editor.Cursor));
    }

    [Theory]
    [InlineData(ConsoleKey.W, "one two ")]
    [InlineData(ConsoleKey.U, "")]
    [InlineData(ConsoleKey.H, "one two thre")]
    [InlineData(ConsoleKey.K, "one two three")]
    public void Press_ControlKeyAtTheEnd_DeletesLikeAShell(ConsoleKey key, string expected)
    {
        Type("one two three");
        Press(key, control: true);

        Assert.Equal(expected, _editor.Text);
    }

    [Fact]
    public void Press_ControlArrow_MovesByWords()
    {
        Type("one, two three");
        Press(ConsoleKey.LeftArrow, control: true);
        Press(ConsoleKey.LeftArrow, control: true);

        Assert.Equal("one, ".Length, _editor.Cursor);
    }

    [Theory]
    [InlineData("a\U0001F600")]
    [InlineData("ae\u0301")]
    [InlineData("a\U0001F1E9\U0001F1EA")]
    public void Press_BackspaceBehindOneVisibleCharacter_TakesAllOfIt(string text)
    {
        Type(text);
        Press(ConsoleKey.Backspace);

        Assert.Equal("a", _editor.Text);
    }

    [Fact]
    public void Press_Arrows_OlderLinesAndTheDraftBack()
    {
        InputHistory history = new();
        history.Add("first");
        history.Add("second");
        history.Add("second");
        LineEditor editor = new(history);
        editor.Press(Key(ConsoleKey.D, 'd'));
        List<string> seen = [];
        foreach (ConsoleKey key in (ConsoleKey[])[ConsoleKey.UpArrow, ConsoleKey.UpArrow, ConsoleKey.UpArrow, ConsoleKey.DownArrow, ConsoleKey.DownArrow, ConsoleKey.DownArrow])
        {
            editor.Press(Key(key));
            seen.Add(editor.Text);
        }

        Assert.Equal(["second", "first", "first", "second", "d", "d"], seen);
    }

    [Fact]
    public void Press_EndingKeys_SayWhatTheyMean()
    {
        Assert.Equal(EditorAction.Close, Press(ConsoleKey.D, control: true));
        Type("x");
        Assert.Equal(EditorAction.None, Press(ConsoleKey.D, control: true));
        Assert.Equal(EditorAction.Interrupt, Press(ConsoleKey.C, control: true));
        Assert.Equal(EditorAction.ClearScreen, Press(ConsoleKey.L, control: true));
        Assert.Equal(EditorAction.Send, Press(ConsoleKey.Enter));
        Assert.Equal(EditorAction.Continue, _editor.Press(new ConsoleKeyInfo('\r', ConsoleKey.Enter, shift: false, alt: true, control: false)));
    }

    [Fact]
    public void Press_AnyKeys_CursorStaysInTheText() => Gen.Select(Gen.Enum<ConsoleKey>(), Gen.Char, Gen.Bool, Gen.Bool).Array[0, 40].Sample(
        keys =>
        {
            LineEditor editor = new(new InputHistory());
            foreach ((ConsoleKey key, char one, bool alt, bool control) in keys)
            {
                editor.Press(new ConsoleKeyInfo(one, key, shift: false, alt, control));
                Assert.InRange(editor.Cursor, 0, editor.Text.Length);
            }
        },
        iter: KeySequences,
        seed: "0N0XIzNsQ0O2");

    private static ConsoleKeyInfo Key(ConsoleKey key, char one = '\0', bool control = false) => new(one, key, shift: false, alt: false, control);

    private EditorAction Press(ConsoleKey key, bool control = false) => _editor.Press(Key(key, control: control));

    private void Type(string text)
    {
        foreach (char one in text)
        {
            _editor.Press(Key(ConsoleKey.None, one));
        }
    }
}
