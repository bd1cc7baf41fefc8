using GemmaSharp.Benchmarking;

namespace GemmaSharp.Tests.Library.Benchmarking;

/// <summary>Energy out of the kernel's counters.</summary>
public sealed class EnergyMeterTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory().FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Since_TwoPackages_SumOfBothAndOneBegunAnew()
    {
        Zone("intel-rapl:0", 5_000_000);
        Zone("intel-rapl:1", 9_000_000);
        Zone("intel-rapl:0:0", 1);
        EnergyMeter meter = new(_folder);
        long[]? before = meter.Read();

        Zone("intel-rapl:0", 7_500_000);
        Zone("intel-rapl:1", 1_000_000);

        Assert.Equal(2, before!.Length);
        Assert.Equal(2.5 + (1 - 9 + 10), meter.Since(before));
    }

    [Fact]
    public void Read_NoCounters_Nothing()
    {
        EnergyMeter meter = new(Path.Combine(_folder, "none"));

        Assert.Null(meter.Read());
        Assert.Null(meter.Since(null));
    }

    private void Zone(string name, long energy)
    {
        string zone = Directory.CreateDirectory(Path.Combine(_folder, name)).FullName;
        File.WriteAllText(Path.Combine(zone, "energy_uj"), $"{energy}\n");
        File.WriteAllText(Path.Combine(zone, "max_energy_range_uj"), "10000000\n");
    }
}
