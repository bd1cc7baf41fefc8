using System.Collections.Concurrent;
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
    public void Use_FewerAndMore_SoManyThreadsTakePart()
    {
        const int size = 4, items = 400;
        using ThreadTeam team = new(size);
        foreach (int count in (int[])[size, 2, 1, 3, size])
        {
            team.Use(count);
            ConcurrentDictionary<int, int> threads = [];
            int[] counts = new int[items];
            for (int section = 0; section < 20; section++)
            {
                Meet work = new(counts, threads);
                team.Run(ref work, items, Heavy);
            }

            Assert.All(counts, one => Assert.Equal(20, one));
            Assert.InRange(threads.Count, 1, count);
            Assert.Equal((count, size), (team.Count, team.Size));
        }

        Assert.Throws<ArgumentOutOfRangeException>(() => team.Use(size + 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => team.Use(0));
    }

    [Fact]
    public void Run_Over_AllWorkersSleep()
    {
        using ThreadTeam team = new(4);
        foreach (int count in (int[])[4, 2, 3])
        {
            team.Use(count);
            Count work = new(new int[16]);
            team.Run(ref work, 16, Heavy);

            Assert.True(SpinWait.SpinUntil(() => team.Sleeping == count - 1, TimeSpan.FromMinutes(1)), $"{team.Sleeping} of {count - 1} sleep");
        }
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

    private readonly struct Meet(int[] counts, ConcurrentDictionary<int, int> threads) : IWork
    {
        public void Run(int item)
        {
            threads[Environment.CurrentManagedThreadId] = 0;
            Interlocked.Increment(ref counts[item]);
        }
    }

    private readonly struct Fail : IWork
    {
        public void Run(int item) => throw new ArithmeticException($"item {item}");
    }
}
