using System.Text.Json.Nodes;
using GemmaSharp.Benchmarking;
using GemmaSharp.Weights;

namespace GemmaSharp.Tests.Library.Benchmarking;

/// <summary>What is measured, and the arithmetic around it.</summary>
public sealed class BenchmarkTests
{
    [Theory]
    [InlineData(new[] { 3.0, 1, 2 }, 1, 2, 3)]
    [InlineData(new[] { 4.0, 1, 2, 3 }, 1, 2.5, 4)]
    [InlineData(new[] { 7.0 }, 7, 7, 7)]
    public void Spread_Figures_MinMedianMax(double[] figures, double min, double median, double max) => Assert.Equal(new Spread(min, median, max), Spread.Of(figures));

    [Theory]
    [InlineData(12345.678, 12346)]
    [InlineData(0.00012345678, 0.00012346)]
    [InlineData(0, 0)]
    public void Spread_Rounded_FiveDigits(double figure, double expected) => Assert.Equal(expected, Spread.Rounded(figure), 1e-12);

    [Theory]
    [InlineData(new[] { 128, 512 }, new[] { 64 }, new[] { 0, 4096 }, 4096 + 128 + (64 * 6))]
    [InlineData(new[] { 1024 }, new[] { 4 }, new[] { 0 }, 1024)]
    [InlineData(new int[0], new int[0], new[] { 0 }, 0)]
    public void MostTokens_Plan_LongestTest(int[] prompts, int[] answers, int[] depths, long expected) =>
        Assert.Equal(expected, new BenchmarkPlan { Prompts = prompts, Answers = answers, Depths = depths }.MostTokens);

    [Fact]
    public void TokenBytes_PocketModel_DecoderOnceAndOneRowOfTables()
    {
        using GemmaEngine engine = GemmaEngine.Load(Fixture.Pocket());
        long decoder = engine.Weights.Entries.Where(entry => !entry.Name.Contains("tower", StringComparison.Ordinal) && !entry.Name.Contains("embed_vision", StringComparison.Ordinal) && !entry.Name.Contains("embed_audio", StringComparison.Ordinal)).Sum(entry => entry.ByteCount);
        WeightEntry table = engine.Weights.Entries.Single(entry => entry.Name.EndsWith("embed_tokens_per_layer.weight", StringComparison.Ordinal));

        Assert.Equal(decoder - table.ByteCount + (table.ByteCount / table.Shape[0]), TokenBytes.Of(engine.Weights, [.. engine.UnusedTensors]));
    }

    [Fact]
    public void Run_SmallContext_RefusedBeforeMeasuring()
    {
        ArgumentException error = Assert.Throws<ArgumentException>(() =>
            Benchmark.Run(new BenchmarkPlan { Depths = [1000] }, threads => GemmaEngine.Load(Fixture.Pocket(), new EngineOptions { Threads = threads, ContextLength = 1024 })));

        Assert.Contains("the tests need a context of 1512 tokens, 1024 found", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_Cancelled_Stops()
    {
        using CancellationTokenSource stop = new();
        stop.Cancel();

        Assert.Throws<OperationCanceledException>(() => Benchmark.Run(new BenchmarkPlan { Threads = [1] }, _ => GemmaEngine.Load(Fixture.Pocket()), stop.Token));
    }

    [Fact]
    public void Run_DepthBeyondTheWindow_AnswersFollowOneAnother()
    {
        BenchmarkPlan plan = new() { Prompts = [], Answers = [300], Depths = [700], Threads = [1], Rounds = 2 };

        JsonArray rows = Benchmark.Run(plan, threads => GemmaEngine.Load(Fixture.Pocket(), new EngineOptions { Threads = threads }));

        Assert.Equal(["load", "tg300", "bandwidth", "memory"], rows.Select(row => row!["test"]!.ToString()));
    }

    [Fact]
    public void Run_AnswersAtTheSameTime_RowOfEachNumber()
    {
        BenchmarkPlan plan = new() { Prompts = [], Answers = [4], Parallel = [1, 3], Threads = [1], Rounds = 1 };

        JsonArray rows = Benchmark.Run(plan, threads => GemmaEngine.Load(Fixture.Pocket(), new EngineOptions { Threads = threads }));

        Assert.Equal(["load", "tg4", "tg4@3", "bandwidth", "memory"], rows.Select(row => row!["test"]!.ToString()));
        Assert.Null(rows[2]!["bandwidth_share"]);
    }
}
