using GemmaSharp.Kernels.Tensors;
using GemmaSharp.Kernels.Threading;
using GemmaSharp.Model.Audio;
using GemmaSharp.Model.Config;
using GemmaSharp.Weights;

namespace GemmaSharp.Tests.Model.Audio;

/// <summary>The audio tower against transformers: single clips, every probe that the trace holds whole.</summary>
public sealed class AudioTowerTests
{
    // The reference's own noise is 4e-6 (README of the fixtures).
    private const float Tolerance = 1e-4f;

    [Theory]
    [InlineData("one")]
    [InlineData("half")]
    [InlineData("1.5s")]
    [InlineData("4s")]
    [InlineData("len-513")]
    [InlineData("len-641")]
    public void Forward_OneClip_EveryProbeEqualsReference(string clip)
    {
        using Tensors expected = Tensors.Open(Fixture.Path("AudioTiny", "trace.safetensors"));
        Dictionary<string, float[]> taps = Run(expected.Floats($"{clip}.features"), threads: 2);

        int compared = 0;
        foreach (WeightEntry entry in expected.Entries.Where(one => one.Name.StartsWith(clip + ".", StringComparison.Ordinal)))
        {
            string probe = entry.Name[(clip.Length + 1)..];
            if (taps.TryGetValue(probe, out float[]? found) && found.Length == expected.Floats(entry.Name).Length)
            {
                float distance = Tensors.Distance(expected.Floats(entry.Name), found);
                Assert.True(distance <= Tolerance, $"{entry.Name} is off by {distance}");
                compared++;
            }
        }

        const int leastProbes = 5; // sscp, three blocks, encoder
        Assert.True(compared >= leastProbes, $"only {compared} probes compared");
    }

    [Fact]
    public void Forward_OneThreadOrThree_SameBits()
    {
        using Tensors expected = Tensors.Open(Fixture.Path("AudioTiny", "trace.safetensors"));
        float[] features = expected.Floats("4s.features");

        Assert.Equal(Run(features, threads: 1)["encoder"], Run(features, threads: 3)["encoder"]);
    }

    private static Dictionary<string, float[]> Run(float[] features, int threads)
    {
        using ThreadTeam team = new(threads);
        using IWeightSource source = WeightFiles.Open(Fixture.Path("TinyMm"));
        AudioConfig config = ConfigJson.Read(Fixture.Path("TinyMm", "config.json")).Audio!;
        using AudioTower tower = AudioTower.Load(new WeightScope(source).Child("model").Child("audio_tower"), config, team);
        Dictionary<string, float[]> taps = [];
        tower.Forward(new Matrix(features, features.Length / 128, 128), (name, _, values) => taps[name] = values.ToArray());
        return taps;
    }
}
