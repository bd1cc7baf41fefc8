using GemmaSharp.Kernels.Threading;

namespace GemmaSharp.Tests.Kernels;

/// <summary>The team under many sections, several callers and failures.</summary>
public sealed class ThreadTeamTests
{
    private const long Heavy = long.MaxValue;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    public void Run_ManySections_EveryItemOnce(int threads)
    {
        const int sections = 20_000, items = 7;
        using ThreadTeam team = new(threads);
        int[] counts = new int[items];
        for (int section = 0; section < sections; section++)
        {
            Count work = new(counts);
            team.Run(ref work, items, Heavy);
        }

        Assert.All(counts, count => Assert.Equal(sections, count));
    }

    [Fact]
    public void Run_AfterSleeping_WakesAll()
    {
        using ThreadTeam team = new(4);
        int[] counts = new int[16];
        for (int section = 0; section < 20; section++)
        {
            Thread.Sleep(5);
            Count work = new(counts);
            team.Run(ref work, counts.Length, Heavy);
        }

        Assert.All(counts, count => Assert.Equal(20, count));
    }

    [Fact]
    public void Run_AnItemFails_CallerHearsAndTeamGoesOn()
    {
        using ThreadTeam team = new(3);
        Fail failing = default;

        Assert.Throws<InvalidOperationException>(() => team.Run(ref failing, 10, Heavy));

        int[] counts = new int[4];
        Count work = new(counts);
        team.Run(ref work, counts.Length, Heavy);
        Assert.All(counts, count => Assert.Equal(1, count));
    }

    private readonly struct Count(int[] counts) : IWork
    {
        public void Run(int item) => Interlocked.Increment(ref counts[item]);
    }

    private readonly struct Fail : IWork
    {
        public void Run(int item) => throw new ArithmeticException($"item {item}");
    }
}
