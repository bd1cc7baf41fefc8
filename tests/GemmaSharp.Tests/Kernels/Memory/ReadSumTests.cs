using System.Runtime.InteropServices;
using GemmaSharp.Kernels.Memory;
using GemmaSharp.Kernels.Threading;

namespace GemmaSharp.Tests.Kernels.Memory;

/// <summary>The sum reads every word, whatever the threads.</summary>
public sealed class ReadSumTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Of_WordsInEveryPlace_TheirSum(int threads)
    {
        const int words = 3 * 64 * 7 * 8 * 16; // enough to be shared out
        ulong[] memory = new ulong[words];
        ulong expected = 0;
        for (int at = 0; at < words; at++)
        {
            memory[at] = unchecked((ulong)at * 0x9E3779B97F4A7C15);
            expected = unchecked(expected + memory[at]);
        }

        using ThreadTeam team = new(threads);

        Assert.Equal(expected, ReadSum.Of(MemoryMarshal.AsBytes<ulong>(memory), team));
    }
}
