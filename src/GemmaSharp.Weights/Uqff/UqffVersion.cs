using System.Buffers.Binary;
using System.Globalization;
using GemmaSharp.Weights.Safetensors;

namespace GemmaSharp.Weights.Uqff;

/// <summary>The version that the shards of UQFF 1.x carry as three scalars; patch levels are all readable.</summary>
internal static class UqffVersion
{
    private const uint Major = 1;
    private const uint NewestMinor = 2;
    private const uint Patch = 0;

    /// <summary>The version that is written.</summary>
    public static string Written { get; } = string.Create(CultureInfo.InvariantCulture, $"{Major}.{NewestMinor}.{Patch}");

    /// <summary>Whether an entry is one of the three.</summary>
    public static bool IsPart(string name) => name is "uqff.version.major" or "uqff.version.minor" or "uqff.version.patch";

    /// <summary>The three scalars of a shard to be written.</summary>
    public static IEnumerable<StreamedTensor> Entries() =>
        [UqffEntries.Words("uqff.version.major", [], Major), UqffEntries.Words("uqff.version.minor", [], NewestMinor), UqffEntries.Words("uqff.version.patch", [], Patch)];

    /// <summary>Refuses shards without a version, of different versions, or of one that is not known.</summary>
    public static void Check(IReadOnlyList<SafetensorsFile> shards)
    {
        (uint Major, uint Minor, uint Patch)? found = null;
        foreach (SafetensorsFile shard in shards.Where(shard => shard.Entries.Any(entry => IsPart(entry.Name))))
        {
            (uint Major, uint Minor, uint Patch) version = (Read(shard, "major"), Read(shard, "minor"), Read(shard, "patch"));
            if (found is not null && found != version)
            {
                throw new WeightException($"{shard.Path}: is of another UQFF version than the shards before it");
            }

            found = version;
        }

        if (found is not (uint major, uint minor, _))
        {
            throw new WeightException($"{shards[0].Path}: carries no uqff.version.major, minor and patch");
        }

        if (major != Major || minor > NewestMinor)
        {
            throw new WeightException($"{shards[0].Path}: is of UQFF version {major}.{minor}, {Major}.0 to {Major}.{NewestMinor} expected");
        }
    }

    private static uint Read(SafetensorsFile shard, string part)
    {
        WeightEntry entry = shard.Find($"uqff.version.{part}") ?? throw new WeightException($"{shard.Path}: uqff.version.{part} is missing");
        if (entry.TypeName != "U32" || entry.Shape.Count != 0)
        {
            throw new WeightException($"{shard.Path}: {entry.Name} is {entry.TypeName} {entry.ShapeText}, U32 [] expected");
        }

        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        shard.Read(entry, 0, bytes);
        return BinaryPrimitives.ReadUInt32LittleEndian(bytes);
    }
}
