using System.Diagnostics;

namespace GemmaSharp.Benchmarking;

/// <summary>The most memory that the process held at once, pages of files included (VmHWM on Linux).</summary>
internal sealed class PeakMemory
{
    private const string ResetFile = "/proc/self/clear_refs";
    private const string ResetPeak = "5";
    private long _peak;

    /// <summary>Bytes, those between <see cref="Stop"/> and <see cref="Go"/> not counted.</summary>
    public long Bytes => _peak;

    /// <summary>Counts what was held until now.</summary>
    public void Stop()
    {
        using Process process = Process.GetCurrentProcess();
        _peak = long.Max(_peak, process.PeakWorkingSet64);
    }

    /// <summary>Forgets what was held since; where the system cannot, it counts.</summary>
    public static void Go()
    {
        try
        {
            if (File.Exists(ResetFile))
            {
                File.WriteAllText(ResetFile, ResetPeak);
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
        }
    }
}
