using System.Globalization;

namespace GemmaSharp.Loading;

/// <summary>How much memory can still be had.</summary>
internal static class AvailableMemory
{
    private const string LinuxFacts = "/proc/meminfo";
    private const string LinuxKey = "MemAvailable:";

    /// <summary>Bytes: no more than the machine or the container has, and on Linux than is free or can be freed.</summary>
    public static long Bytes()
    {
        long limit = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes - Environment.WorkingSet;
        return File.Exists(LinuxFacts) && Parse(File.ReadLines(LinuxFacts)) is long free ? long.Min(limit, free) : limit;
    }

    /// <summary>The bytes that Linux counts as available; null where it does not say.</summary>
    internal static long? Parse(IEnumerable<string> lines)
    {
        string? line = lines.FirstOrDefault(one => one.StartsWith(LinuxKey, StringComparison.Ordinal));
        return line?[LinuxKey.Length..].Trim().Split(' ') is [string count, "kB"] && long.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out long kilobytes)
            ? kilobytes * 1024
            : null;
    }
}
