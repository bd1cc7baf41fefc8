using System.Globalization;
using Spectre.Console;

namespace GemmaSharp.Cli.Chatting;

/// <summary>Where text comes to stand on a terminal that wraps it at its width.</summary>
internal static class LineLayout
{
    /// <summary>Row and column behind a text that begins at the left edge; a full row ends at the beginning of the next one.</summary>
    public static (int Row, int Column) End(string text, int width)
    {
        int row = 0, column = 0;
        for (int at = 0; at < text.Length;)
        {
            int length = StringInfo.GetNextTextElementLength(text, at);
            int cells = int.Max(0, text.Substring(at, length).GetCellWidth());
            if (column + cells > width)
            {
                (row, column) = (row + 1, 0);
            }

            column += cells;
            if (column == width)
            {
                (row, column) = (row + 1, 0);
            }

            at += length;
        }

        return (row, column);
    }
}
