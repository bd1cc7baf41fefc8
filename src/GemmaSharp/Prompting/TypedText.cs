using System.Text;

namespace GemmaSharp.Prompting;

/// <summary>Marks, through the template, which characters a user typed that could begin a special token: those stay text.</summary>
/// <remarks>A noncharacter of Unicode (U+FDD0) escapes: followed by M it marks the character before it, followed by L it stands for itself.</remarks>
internal static class TypedText
{
    private const char Escape = '\uFDD0';
    private const char MarkCode = 'M';
    private const char LiteralCode = 'L';

    /// <summary>The text with a mark behind every character of <paramref name="first"/>.</summary>
    public static string Mark(string text, IReadOnlySet<char> first)
    {
        StringBuilder marked = new(text.Length);
        foreach (char one in text)
        {
            marked.Append(one);
            if (one == Escape)
            {
                marked.Append(LiteralCode);
            }
            else if (first.Contains(one))
            {
                marked.Append(Escape).Append(MarkCode);
            }
        }

        return marked.ToString();
    }

    /// <summary>The text without marks, and the places of the marked characters in it.</summary>
    public static (string Text, IReadOnlySet<int> Marked) Unmark(string marked)
    {
        StringBuilder text = new(marked.Length);
        HashSet<int> places = [];
        for (int at = 0; at < marked.Length; at++)
        {
            char code = marked[at] == Escape && at + 1 < marked.Length ? marked[at + 1] : '\0';
            if (code == MarkCode)
            {
                places.Add(text.Length - 1);
            }
            else
            {
                text.Append(marked[at]);
            }

            at += code is MarkCode or LiteralCode ? 1 : 0;
        }

        return (text.ToString(), places);
    }
}
