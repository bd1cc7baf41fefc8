namespace GemmaSharp.Cli.Parsing;

/// <summary>Finds the word somebody meant.</summary>
internal static class Suggestion
{
    private const int MostEdits = 3;

    /// <summary>"; did you mean WORD?", or nothing where no word is near.</summary>
    public static string For(string typed, IEnumerable<string> words)
    {
        string? nearest = Nearest(typed, words);
        return nearest is null ? "" : $"; did you mean {nearest}?";
    }

    /// <summary>The word with the fewest edits, if they are few for its length.</summary>
    public static string? Nearest(string typed, IEnumerable<string> words) => words
        .Select(word => (Word: word, Edits: Edits(typed, word)))
        .Where(one => one.Edits <= int.Min(MostEdits, one.Word.TrimStart('-', '/').Length / 2))
        .OrderBy(one => one.Edits)
        .Select(one => one.Word)
        .FirstOrDefault();

    // Insertions, deletions, replacements and swaps of neighbours (optimal string alignment).
    private static int Edits(string a, string b)
    {
        int[,] edits = new int[a.Length + 1, b.Length + 1];
        for (int i = 0; i <= a.Length; i++)
        {
            for (int j = 0; j <= b.Length; j++)
            {
                if (i == 0 || j == 0)
                {
                    edits[i, j] = i + j;
                    continue;
                }

                int replaced = edits[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
                edits[i, j] = int.Min(replaced, int.Min(edits[i - 1, j], edits[i, j - 1]) + 1);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                {
                    edits[i, j] = int.Min(edits[i, j], edits[i - 2, j - 2] + 1);
                }
            }
        }

        return edits[a.Length, b.Length];
    }
}
