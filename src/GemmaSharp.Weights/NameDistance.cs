namespace GemmaSharp.Weights;

/// <summary>Finds the names nearest to a missing one.</summary>
public static class NameDistance
{
    // Beyond so many names the search would take longer than anyone waits for an error.
    private const int MostNames = 20_000;

    /// <summary>The names with the smallest edit distance, nearest first.</summary>
    public static IEnumerable<string> Nearest(string name, IEnumerable<string> names, int count) => names
        .Take(MostNames)
        .OrderBy(candidate => Between(name, candidate))
        .ThenBy(candidate => candidate, StringComparer.Ordinal)
        .Take(count);

    /// <summary>Least number of insertions, deletions and replacements that turn one name into the other.</summary>
    internal static int Between(string a, string b)
    {
        int[] row = new int[b.Length + 1];
        for (int column = 0; column < row.Length; column++)
        {
            row[column] = column;
        }

        foreach (char letter in a)
        {
            int diagonal = row[0]++;
            for (int column = 1; column < row.Length; column++)
            {
                int above = row[column];
                int replaced = diagonal + (letter == b[column - 1] ? 0 : 1);
                row[column] = int.Min(replaced, int.Min(above, row[column - 1]) + 1);
                diagonal = above;
            }
        }

        return row[^1];
    }
}
