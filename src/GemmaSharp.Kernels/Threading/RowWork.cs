namespace GemmaSharp.Kernels.Threading;

/// <summary>Work on rows, one by one; each writes its own results only.</summary>
public interface IRowWork
{
    /// <summary>Does row <paramref name="row"/>.</summary>
    void Run(int row);
}

/// <summary>Rows as sections of a team, several to an item.</summary>
public static class RowWork
{
    // Some 4 us: handing an item out costs nothing beside it.
    private const long ItemCost = 1 << 18;
    private const int ItemsPerThread = 4;

    /// <summary>Runs rows 0..rows-1 and returns when all are done.</summary>
    /// <param name="team">Who does it.</param>
    /// <param name="work">The work, copied; it must not start a section of this team.</param>
    /// <param name="rows">How many rows.</param>
    /// <param name="cost">Multiply-adds of one row; with 0 all run on the caller's thread, in order.</param>
    public static void RunRows<TWork>(this ThreadTeam team, TWork work, int rows, long cost)
        where TWork : struct, IRowWork, allows ref struct
    {
        long byCost = ItemCost / long.Max(cost, 1), byThreads = rows / ((long)team.Count * ItemsPerThread);
        Chunks<TWork> chunks = new(work, rows, (int)long.Max(long.Min(byCost, byThreads), 1));
        team.Run(ref chunks, chunks.ItemCount, rows * cost);
    }

    private readonly ref struct Chunks<TWork>(TWork work, int rows, int rowsPerItem) : IWork
        where TWork : struct, IRowWork, allows ref struct
    {
        private readonly TWork _work = work;

        public int ItemCount => (rows + rowsPerItem - 1) / rowsPerItem;

        public void Run(int item)
        {
            TWork each = _work;
            int end = int.Min((item + 1) * rowsPerItem, rows);
            for (int row = item * rowsPerItem; row < end; row++)
            {
                each.Run(row);
            }
        }
    }
}
