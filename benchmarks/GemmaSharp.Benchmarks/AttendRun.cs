using System.Globalization;
using GemmaSharp.Kernels.KeyValues;
using GemmaSharp.Kernels.Tensors;
using GemmaSharp.Kernels.Threading;

namespace GemmaSharp.Benchmarks;

/// <summary>Attention of one full layer of E2B over contexts of several lengths: a token alone, and a chunk of 512.</summary>
internal static class AttendRun
{
    private const int HeadDim = 256;
    private const int Heads = 8;
    private const int KeyHeads = 2;
    private const int Chunk = 512;
    private const int Rounds = 7;
    private const int Most = 16384 + Chunk;

    public static int Start(string[] args)
    {
        int threads = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : Environment.ProcessorCount;
        using ThreadTeam team = new(threads);
        float[] rows = new float[Most * KeyHeads * HeadDim];
        FormulaWeights.Fill("rows", rows);
        Console.WriteLine("| type | keys | one token, us | read, GB/s | 512 tokens, ms | GMAC/s |");
        Console.WriteLine("|---|---|---|---|---|---|");
        foreach (CacheType type in Enum.GetValues<CacheType>())
        {
            foreach (int keys in (int[])[128, 512, 4096, 16384])
            {
                Report(type, keys, rows, team);
            }
        }

        return 0;
    }

    private static void Report(CacheType type, int keys, float[] rows, ThreadTeam team)
    {
        using KeyValueStore store = new(type, KeyHeads, HeadDim, Most);
        Matrix cached = new(rows, keys + Chunk, KeyHeads * HeadDim);
        store.Append(cached, cached);
        double one = Time(store, keys - 1, 1, 50, team), many = Time(store, keys, Chunk, 1, team);
        double bytes = store.Bytes * (double)keys / (keys + Chunk), products = 2.0 * Chunk * (keys + (Chunk / 2)) * Heads * HeadDim;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {type} | {keys} | {one * 1e6:F1} | {bytes / one / 1e9:F1} | {many * 1e3:F2} | {products / many / 1e9:F1} |"));
    }

    private static double Time(KeyValueStore store, int position, int tokens, int repeats, ThreadTeam team)
    {
        float[] queries = new float[tokens * Heads * HeadDim], into = new float[queries.Length], room = new float[Heads * (HeadDim + 2) * ((Most / 128) + 1)];
        FormulaWeights.Fill("queries", queries);
        return Timing.Of(Rounds, () =>
        {
            for (int repeat = 0; repeat < repeats; repeat++)
            {
                new Attend
                {
                    Queries = new Matrix(queries, tokens, Heads * HeadDim),
                    Store = store,
                    Into = new Matrix(into, tokens, Heads * HeadDim),
                    QueryPosition = position,
                    Window = int.MaxValue,
                }.Run(team, room);
            }
        }).MinProcessor / repeats;
    }
}
