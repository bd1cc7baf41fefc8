using System.Diagnostics;

namespace GemmaSharp.Benchmarks;

/// <summary>Times of the same work done several times, in seconds: by the clock, and of the processors used.</summary>
internal sealed class Timing
{
    private readonly double[] _seconds;
    private readonly double[] _processor;

    private Timing(double[] seconds, double[] processor)
    {
        _seconds = seconds;
        _processor = processor;
    }

    public double First => _seconds[0];

    public double Min => _seconds.Min();

    public double Median => _seconds.Order().ElementAt(_seconds.Length / 2);

    /// <summary>Least processor time, all threads together: steady where other programs take the processors now and then.</summary>
    public double MinProcessor => _processor.Min();

    public static Timing Of(int rounds, Action work) => Of(rounds, static () => { }, work);

    /// <summary>Times <paramref name="work"/> alone.</summary>
    public static Timing Of(int rounds, Action prepare, Action work)
    {
        double[] seconds = new double[rounds], processor = new double[rounds];
        for (int round = 0; round < rounds; round++)
        {
            prepare();
            TimeSpan used = Environment.CpuUsage.TotalTime;
            long started = Stopwatch.GetTimestamp();
            work();
            seconds[round] = Stopwatch.GetElapsedTime(started).TotalSeconds;
            processor[round] = (Environment.CpuUsage.TotalTime - used).TotalSeconds;
        }

        return new Timing(seconds, processor);
    }
}
