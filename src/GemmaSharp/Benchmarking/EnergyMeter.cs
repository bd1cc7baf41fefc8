using System.Globalization;
using System.Text.RegularExpressions;

namespace GemmaSharp.Benchmarking;

/// <summary>Energy that the processors took, by the counters of the kernel (RAPL); often only the administrator may read them.</summary>
/// <param name="folder">Where the counters stand.</param>
internal sealed partial class EnergyMeter(string folder = "/sys/class/powercap")
{
    // Whole packages; the zones inside them have one more number.
    private readonly string[] _zones = Directory.Exists(folder) ? [.. Directory.EnumerateDirectories(folder).Where(zone => Package().IsMatch(Path.GetFileName(zone)))] : [];

    /// <summary>Microjoules of every package; null where there is no counter to read.</summary>
    public long[]? Read()
    {
        long?[] values = Array.ConvertAll(_zones, zone => Number(Path.Combine(zone, "energy_uj")));
        return values.Length > 0 && values.All(value => value is not null) ? Array.ConvertAll(values, value => value ?? 0) : null;
    }

    /// <summary>Joules since an earlier reading; null without one. A counter that has begun anew has done so once.</summary>
    public double? Since(long[]? before)
    {
        if (before is null || Read() is not long[] now)
        {
            return null;
        }

        double sum = 0;
        for (int zone = 0; zone < now.Length; zone++)
        {
            long range = now[zone] < before[zone] ? Number(Path.Combine(_zones[zone], "max_energy_range_uj")) ?? 0 : 0;
            sum += now[zone] - before[zone] + range;
        }

        return sum / 1e6;
    }

    private static long? Number(string path)
    {
        try
        {
            return long.TryParse(File.ReadAllText(path), NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out long value) ? value : null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    [GeneratedRegex("^intel-rapl:[0-9]+$")]
    private static partial Regex Package();
}
