using System.Globalization;

namespace GemmaSharp.Cli.Chatting;

/// <summary>A line being typed: keys in, text and cursor out. It knows no terminal.</summary>
internal sealed class LineEditor(InputHistory history)
{
    public string Text { get; private set; } = "";

    /// <summary>Place of the cursor, in characters from the beginning.</summary>
    public int Cursor { get; private set; }

    public void Clear() => Set("");

    public EditorAction Press(ConsoleKeyInfo key)
    {
        bool control = key.Modifiers.HasFlag(ConsoleModifiers.Control), alt = key.Modifiers.HasFlag(ConsoleModifiers.Alt);
        return key.Key switch
        {
            ConsoleKey.Enter => Complete(alt),
            ConsoleKey.Backspace => Delete(control || alt ? WordLeft() : Left(), Cursor),
            ConsoleKey.Delete => Delete(Cursor, control ? WordRight() : Right()),
            ConsoleKey.LeftArrow => Move(control || alt ? WordLeft() : Left()),
            ConsoleKey.RightArrow => Move(control || alt ? WordRight() : Right()),
            ConsoleKey.Home => Move(0),
            ConsoleKey.End => Move(Text.Length),
            ConsoleKey.UpArrow => Recall(history.Older(Text)),
            ConsoleKey.DownArrow => Recall(history.Newer()),
            _ when control => PressControl(key.Key),
            ConsoleKey.B when alt => Move(WordLeft()),
            ConsoleKey.F when alt => Move(WordRight()),
            ConsoleKey.D when alt => Delete(Cursor, WordRight()),
            _ => Insert(key.KeyChar),
        };
    }

    private EditorAction PressControl(ConsoleKey key) => key switch
    {
        ConsoleKey.A => Move(0),
        ConsoleKey.B => Move(Left()),
        ConsoleKey.C => EditorAction.Interrupt,
        ConsoleKey.D => Text.Length == 0 ? EditorAction.Close : Delete(Cursor, Right()),
        ConsoleKey.E => Move(Text.Length),
        ConsoleKey.F => Move(Right()),
        ConsoleKey.H => Delete(Left(), Cursor),
        ConsoleKey.J => Complete(continues: false),
        ConsoleKey.K => Delete(Cursor, Text.Length),
        ConsoleKey.L => EditorAction.ClearScreen,
        ConsoleKey.N => Recall(history.Newer()),
        ConsoleKey.P => Recall(history.Older(Text)),
        ConsoleKey.U => Delete(0, Cursor),
        ConsoleKey.W => Delete(WordLeft(), Cursor),
        _ => EditorAction.None,
    };

    private EditorAction Complete(bool continues)
    {
        history.Add(Text);
        return continues ? EditorAction.Continue : EditorAction.Send;
    }

    private EditorAction Insert(char one)
    {
        if (char.IsControl(one) && one != '\t')
        {
            return EditorAction.None;
        }

        Text = Text.Insert(Cursor, one.ToString());
        Cursor++;
        return EditorAction.Changed;
    }

    private EditorAction Delete(int from, int to)
    {
        if (from == to)
        {
            return EditorAction.None;
        }

        Text = Text.Remove(from, to - from);
        Cursor = from;
        return EditorAction.Changed;
    }

    private EditorAction Move(int place)
    {
        (EditorAction action, Cursor) = (place == Cursor ? EditorAction.None : EditorAction.Changed, place);
        return action;
    }

    private EditorAction Recall(string? line)
    {
        if (line is null)
        {
            return EditorAction.None;
        }

        Set(line);
        return EditorAction.Changed;
    }

    private void Set(string text) => (Text, Cursor) = (text, text.Length);

    // What the reader takes for one character may be several: an accent, a flag, a family.
    private int Left()
    {
        int place = 0;
        for (int next = 0; next < Cursor; next += StringInfo.GetNextTextElementLength(Text, next))
        {
            place = next;
        }

        return place;
    }

    private int Right() => Cursor < Text.Length ? Cursor + StringInfo.GetNextTextElementLength(Text, Cursor) : Cursor;

    private int WordLeft()
    {
        int place = Cursor;
        while (place > 0 && !char.IsLetterOrDigit(Text[place - 1]))
        {
            place--;
        }

        while (place > 0 && char.IsLetterOrDigit(Text[place - 1]))
        {
            place--;
        }

        return place;
    }

    private int WordRight()
    {
        int place = Cursor;
        while (place < Text.Length && !char.IsLetterOrDigit(Text[place]))
        {
            place++;
        }

        while (place < Text.Length && char.IsLetterOrDigit(Text[place]))
        {
            place++;
        }

        return place;
    }
}
