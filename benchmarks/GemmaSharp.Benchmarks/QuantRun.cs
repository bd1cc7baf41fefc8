using System.Globalization;
using GemmaSharp.Kernels.Memory;
using GemmaSharp.Kernels.Tensors;
using GemmaSharp.Kernels.Threading;

namespace GemmaSharp.Benchmarks;

/// <summary>
/// Products of quantised types in a few seconds, on one thread, the best of several: multiply-adds per second with many rows, and with one
/// row and with a few the bytes of weights per second beside those of a plain read of as much memory.
/// </summary>
internal static class QuantRun
{
    private const int Rounds = 5;
    private const int Repeats = 30;
    private const int Outputs = 16384;
    private const int SomeOutputs = 512; // a product of many rows with so few takes milliseconds, which other programs seldom interrupt
    private const int Inputs = 2048;
    private const int Many = 480;
    private const int Few = 8;
    private const long StreamBytes = 1L << 29;

    public static int Start(string[] args)
    {
        string[] names = args.Length > 0 ? args : ["Q4_0", "Q4_K", "Q5_0", "Q5_K", "Q6_K", "Q8_0", "Q2_K", "Q3_K", "IQ4_NL", "IQ4_XS", "MXFP4"];
        using ThreadTeam team = new(1);
        Console.WriteLine("| type | GMAC/s of 480 rows | of float multiply-adds in 256 bits | GB/s of 1 row | of a read | rows/s of 8 rows to 1 row |");
        Console.WriteLine("|---|---|---|---|---|---|");
        foreach (string name in names)
        {
            WeightType type = WeightTypes.Parse(name) ?? throw new ArgumentException(name);
            Measure(type, team);
        }

        return 0;
    }

    private static void Measure(WeightType type, ThreadTeam team)
    {
        // As many matrices as leave every cache.
        int count = (int)(StreamBytes / (WeightTypes.RowBytes(type, Inputs) * Outputs));
        WeightMatrix[] matrices = [.. Enumerable.Range(0, count).Select(_ => QuantWeights.Matrix(type, Outputs, Inputs))];
        float[] x = new float[Many * Inputs], y = new float[Many * Outputs];
        FormulaWeights.Fill("x", x);
        using WeightMatrix small = QuantWeights.Matrix(type, SomeOutputs, Inputs);
        long bytes = matrices.Sum(matrix => matrix.Bytes);
        double fused = double.MaxValue, many = double.MaxValue, one = double.MaxValue, few = double.MaxValue, read = double.MaxValue;
        byte[] buffer = GC.AllocateUninitializedArray<byte>((int)long.Min(bytes, StreamBytes));
        for (int round = 0; round < Rounds; round++)
        {
            fused = double.Min(fused, Timing.Of(Repeats, () => Machine.Fuse(y)).Min);
            many = double.Min(many, Timing.Of(Repeats, () => small.Multiply(new Matrix(x, Many, Inputs), new Matrix(y, Many, SomeOutputs), team)).Min);
            read = double.Min(read, Timing.Of(1, () => ReadSum.Of(buffer, team)).Min / buffer.Length);
            one = double.Min(one, Rows(matrices, x, y, 1, team) / bytes);
            few = double.Min(few, Rows(matrices, x, y, Few, team) / bytes);
        }

        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"| {type} | {(double)SomeOutputs * Inputs * Many / many / 1e9:F1} | {Machine.FuseCount / fused / 1e9:F1} | {1e-9 / one:F1} | {read / one:F2} | {Few * one / few:F2} |"));
        Array.ForEach(matrices, matrix => matrix.Dispose());
    }

    private static double Rows(WeightMatrix[] matrices, float[] x, float[] y, int rows, ThreadTeam team) => Timing.Of(1, () =>
    {
        foreach (WeightMatrix matrix in matrices)
        {
            matrix.Multiply(new Matrix(x, rows, Inputs), new Matrix(y, rows, Outputs), team);
        }
    }).Min;
}
