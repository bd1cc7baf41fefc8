using System.Runtime.CompilerServices;
using GemmaSharp.Server.Answers;

namespace GemmaSharp.Tests.Server.Answers;

/// <summary>Streams read at the same time: order, bounds, errors and ends.</summary>
public sealed class InterleavedTests
{
    [Fact]
    public async Task Read_StreamsThatWaitForEachOther_AllRun()
    {
        TaskCompletionSource first = new(), second = new();
        async IAsyncEnumerable<int> One()
        {
            await first.Task;
            yield return 1;
            second.SetResult();
        }

        async IAsyncEnumerable<int> Other()
        {
            first.SetResult();
            await second.Task;
            yield return 2;
        }

        int[] pieces = await ListAsync(Interleaved.ReadAsync<int>([_ => One(), _ => Other()], 2, CancellationToken.None));

        Assert.Equal([1, 2], pieces);
    }

    [Fact]
    public async Task Read_OneAtATime_EachWholeBeforeTheNext()
    {
        int[] pieces = await ListAsync(Interleaved.ReadAsync<int>([stop => CountAsync(1, 3, stop), stop => CountAsync(11, 3, stop)], 1, CancellationToken.None));

        Assert.Equal([1, 2, 3, 11, 12, 13], pieces);
    }

    [Fact]
    public async Task Read_OneFails_OthersEndAndTheErrorComes()
    {
        bool ended = false;
        async IAsyncEnumerable<int> Endless([EnumeratorCancellation] CancellationToken stop)
        {
            try
            {
                yield return 1;
                await Task.Delay(Timeout.InfiniteTimeSpan, stop);
            }
            finally
            {
                ended = true;
            }
        }

        async IAsyncEnumerable<int> Failing([EnumeratorCancellation] CancellationToken stop)
        {
            await Task.Yield();
            yield return 2;
            throw new InvalidDataException("broken");
        }

        InvalidDataException error = await Assert.ThrowsAsync<InvalidDataException>(() => ListAsync(Interleaved.ReadAsync<int>([Endless, Failing], 2, CancellationToken.None)));

        Assert.Equal("broken", error.Message);
        Assert.True(ended);
    }

    [Fact]
    public async Task Read_LeftEarly_StreamsEndFirst()
    {
        int running = 0;
        async IAsyncEnumerable<int> Endless([EnumeratorCancellation] CancellationToken stop)
        {
            Interlocked.Increment(ref running);
            try
            {
                for (int at = 0; ; at++)
                {
                    await Task.Delay(1, stop);
                    yield return at;
                }
            }
            finally
            {
                Interlocked.Decrement(ref running);
            }
        }

        await foreach (int _ in Interleaved.ReadAsync<int>([Endless, Endless, Endless], 2, CancellationToken.None))
        {
            break;
        }

        Assert.Equal(0, running);
    }

    private static async IAsyncEnumerable<int> CountAsync(int first, int count, [EnumeratorCancellation] CancellationToken stop)
    {
        for (int at = 0; at < count; at++)
        {
            await Task.Delay(1, stop);
            yield return first + at;
        }
    }

    private static async Task<int[]> ListAsync(IAsyncEnumerable<int> pieces)
    {
        List<int> found = [];
        await foreach (int piece in pieces)
        {
            found.Add(piece);
        }

        return [.. found];
    }
}
