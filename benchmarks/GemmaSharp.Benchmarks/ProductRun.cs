using System.Globalization;
using GemmaSharp.Kernels.Tensors;
using GemmaSharp.Kernels.Threading;

namespace GemmaSharp.Benchmarks;

/// <summary>Products in a few seconds, without the harness: the best of several (of one thread, its processor time), as multiply-adds and bytes of weights per second.</summary>
internal static class ProductRun
{
    private const int Rounds = 12;
    private static readonly (int Outputs, int Inputs, int Rows)[] Shapes =
    [
        (16384, 2048, 1), (2048, 2048, 1), (512, 128, 1), (2048, 2048, 4), (2048, 2048, 512), (8192, 2048, 480), (2048, 8192, 480), (512, 128, 464), (640, 1152, 9216),
    ];

    public static int Start(string[] args)
    {
        int threads = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : Environment.ProcessorCount;
        using ThreadTeam team = new(threads);
        Console.WriteLine("| product | F32 GMAC/s, GB/s | F16 | BF16 |");
        Console.WriteLine("|---|---|---|---|");
        foreach ((int outputs, int inputs, int rows) in Shapes)
        {
            List<string> cells = [$"[{outputs}, {inputs}] x {rows}"];
            foreach (WeightType type in (ReadOnlySpan<WeightType>)[WeightType.F32, WeightType.F16, WeightType.BF16])
            {
                using WeightMatrix matrix = FormulaWeights.Matrix(type, outputs, inputs);
                float[] x = new float[rows * inputs], y = new float[rows * outputs];
                FormulaWeights.Fill("x", x);
                double cost = (double)outputs * inputs * rows;
                int repeat = (int)double.Clamp(2e8 / cost, 1, 1000);
                Timing timing = Timing.Of(Rounds, () =>
                {
                    for (int round = 0; round < repeat; round++)
                    {
                        matrix.Multiply(new Matrix(x, rows, inputs), new Matrix(y, rows, outputs), team);
                    }
                });
                double seconds = (threads == 1 ? timing.MinProcessor : timing.Min) / repeat;
                cells.Add(string.Create(CultureInfo.InvariantCulture, $"{cost / seconds / 1e9:F1}, {matrix.Bytes / seconds / 1e9:F1}"));
            }

            Console.WriteLine($"| {string.Join(" | ", cells)} |");
        }

        return 0;
    }
}
