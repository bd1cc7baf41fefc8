using System.Diagnostics;
using GemmaSharp.Kernels.Memory;
using GemmaSharp.Kernels.Threading;

namespace GemmaSharp.Benchmarking;

/// <summary>Measures how fast a number of threads reads memory.</summary>
internal static class BandwidthProbe
{
    private const long Bytes = 1L << 29; // beyond any cache
    private const int Rounds = 7;

    /// <summary>Bytes a second.</summary>
    public static Spread Measure(int threads)
    {
        using ThreadTeam team = new(threads);
        using NativeBuffer buffer = new(Bytes); // zeroed, so that all pages are there
        ReadSum.Of(buffer.Span, team);
        double[] rates = new double[Rounds];
        for (int round = 0; round < Rounds; round++)
        {
            long started = Stopwatch.GetTimestamp();
            ReadSum.Of(buffer.Span, team);
            rates[round] = Bytes / Stopwatch.GetElapsedTime(started).TotalSeconds;
        }

        return Spread.Of(rates);
    }
}
