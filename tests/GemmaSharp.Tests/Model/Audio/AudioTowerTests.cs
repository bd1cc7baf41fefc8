using System.Text.Json;
using GemmaSharp.Kernels.Tensors;
using GemmaSharp.Kernels.Threading;
using GemmaSharp.Media.Audio;
using GemmaSharp.Model.Audio;
using GemmaSharp.Model.Config;
using GemmaSharp.Model.Multimodal;
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

    // Behind the convolutions everything looks back, so a padded clip's own rows are those of its padded frames run alone.
    [Theory]
    [InlineData("batch", 2)]
    [InlineData("batch3", 3)]
    public void Forward_ClipsPaddedTogether_ValidRowsEqualReference(string name, int clips)
    {
        using Tensors expected = Tensors.Open(Fixture.Path("AudioTiny", "trace.safetensors"));
        string[] probes = [.. expected.Entries.Select(entry => entry.Name)
            .Where(entry => entry.StartsWith(name + ".", StringComparison.Ordinal))
            .Select(entry => entry[(name.Length + 1)..])
            .Where(probe => probe is "sscp" or "encoder" || probe.StartsWith("conformer", StringComparison.Ordinal))];
        for (int clip = 0; clip < clips; clip++)
        {
            Dictionary<string, float[]> taps = Run(Part(expected.Floats($"{name}.features"), clip, clips), threads: 2);
            byte[] mask = Part(expected.Bytes($"{name}.mask"), clip, clips), valid = Part(expected.Bytes($"{name}.valid"), clip, clips);
            foreach (string probe in probes)
            {
                float[] want = Part(expected.Floats($"{name}.{probe}"), clip, clips), found = taps[probe];
                int frames = (int)expected.Shape($"{name}.{probe}")[1], width = want.Length / frames;
                for (int frame = 0; frame < frames; frame++)
                {
                    bool counts = probe == "encoder" ? valid[frame] == 1 : mask[int.Min(4 * frame, mask.Length - 1)] == 1;
                    float distance = counts ? Tensors.Distance(want.AsSpan(frame * width, width), found.AsSpan(frame * width, width)) : 0;
                    Assert.True(distance <= Tolerance, $"{name}.{probe}, clip {clip}, frame {frame} is off by {distance}");
                }
            }
        }
    }

    [Theory]
    [InlineData("one")]
    [InlineData("half")]
    [InlineData("1.5s")]
    [InlineData("4s")]
    [InlineData("len-513")]
    [InlineData("len-641")]
    public void Embed_OneClip_SoftRowsEqualReference(string clip)
    {
        using Tensors expected = Tensors.Open(Fixture.Path("AudioTiny", "trace.safetensors"));

        (float[] soft, float[] padding) = Embed(Run(expected.Floats($"{clip}.features"), threads: 2)["encoder"]);

        Assert.InRange(Tensors.Distance(expected.Floats($"{clip}.soft"), soft), 0, Tolerance);
        Assert.InRange(Tensors.Distance(expected.Floats("padding_embedding"), padding), 0, Tolerance);
    }

    [Fact]
    public void Embed_ClipsPaddedTogether_RowsAndPaddingEqualReference()
    {
        using Tensors expected = Tensors.Open(Fixture.Path("AudioTiny", "trace.safetensors"));
        for (int clip = 0; clip < 2; clip++)
        {
            int valid = Part(expected.Bytes("batch.valid"), clip, 2).Count(one => one == 1);
            float[] encoder = Run(Part(expected.Floats("batch.features"), clip, 2), threads: 2)["encoder"];
            (float[] soft, float[] padding) = Embed(encoder[..(valid * 96)]);
            float[] rows = [.. soft, .. Enumerable.Repeat(padding, 16 - valid).SelectMany(row => row)];

            Assert.InRange(Tensors.Distance(Part(expected.Floats("batch.rows188"), clip, 2), rows), 0, Tolerance);
        }
    }

    [Fact]
    public void EncodeAudio_ThirtySeconds_RowsEqualReference()
    {
        const int width = 96, every = 25;
        using Tensors expected = Tensors.Open(Fixture.Path("AudioTiny", "trace.safetensors"));
        float[] samples = AudioDecoder.Decode(File.ReadAllBytes(Fixture.Path("AudioClips", "over-30s.wav")), "over-30s.wav").Samples[..480_000];
        using TestModel model = TestModel.Load(Fixture.Path("TinyMm"));
        Dictionary<string, float[]> taps = [];

        float[] soft = model.Model.EncodeAudio(samples, (name, _, values) => taps[name] = values.ToArray());

        float[] sscp = [.. Enumerable.Range(0, taps["sscp"].Length / width / every).SelectMany(row => taps["sscp"].AsSpan(row * every * width, width).ToArray())];
        Assert.InRange(Tensors.Distance(expected.Floats("30s.sscp"), sscp), 0, Tolerance);
        Assert.InRange(Tensors.Distance(expected.Floats("30s.encoder"), taps["encoder"]), 0, Tolerance);
        Assert.InRange(Tensors.Distance(expected.Floats("30s.soft"), soft), 0, Tolerance);
    }

    [Theory]
    [InlineData(188, 480_000)]
    [InlineData(20, 51_712)]
    [InlineData(1, 3072)]
    public void MaxAudioSamples_FewSoftTokens_AsManyAsFindAPlace(int softTokens, int samples)
    {
        string json = File.ReadAllText(Fixture.Path("TinyMm", "config.json"))
            .Replace("\"audio_soft_tokens_per_image\": 188", $"\"audio_soft_tokens_per_image\": {softTokens}", StringComparison.Ordinal);
        using JsonDocument config = JsonDocument.Parse(json);
        using TestModel model = TestModel.Load(Fixture.Path("TinyMm"), ConfigJson.Read(new JsonFields(config.RootElement, "config.json")));

        Assert.Equal(samples, model.Model.MaxAudioSamples);
        Assert.Equal(softTokens * model.Model.Config.Text.HiddenSize, model.Model.EncodeAudio(new float[samples]).Length);
        Assert.Throws<ArgumentException>(() => model.Model.EncodeAudio(new float[samples + 1]));
    }

    [Fact]
    public void EncodeAudio_ShortClip_RestHoldsThePaddingEmbedding()
    {
        using Tensors expected = Tensors.Open(Fixture.Path("AudioTiny", "trace.safetensors"));
        float[] samples = AudioDecoder.Decode(File.ReadAllBytes(Fixture.Path("AudioClips", "pcm16-1s.wav")), "pcm16-1s.wav").Samples, padding = expected.Floats("padding_embedding");
        using TestModel model = TestModel.Load(Fixture.Path("TinyMm"));

        float[] rows = model.Model.EncodeAudio(samples);

        Assert.Equal(188 * padding.Length, rows.Length);
        for (int row = 7; row < 188; row++)
        {
            Assert.InRange(Tensors.Distance(padding, rows.AsSpan(row * padding.Length, padding.Length)), 0, Tolerance);
        }
    }

    [Fact]
    public void Forward_OneThreadOrThree_SameBits()
    {
        using Tensors expected = Tensors.Open(Fixture.Path("AudioTiny", "trace.safetensors"));
        float[] features = expected.Floats("4s.features");

        Assert.Equal(Run(features, threads: 1)["encoder"], Run(features, threads: 3)["encoder"]);
    }

    internal static T[] Part<T>(T[] all, int clip, int clips) => all[(clip * all.Length / clips)..((clip + 1) * all.Length / clips)];

    internal static (float[] Soft, float[] Padding) Embed(float[] encoded)
    {
        const int width = 96, hidden = 64, vocab = 128;
        using ThreadTeam team = new(2);
        using IWeightSource source = WeightFiles.Open(Fixture.Path("TinyMm"));
        using ModalityEmbedder embedder = ModalityEmbedder.Load(new WeightScope(source).Child("model").Child("embed_audio"), vocab, width, hidden, 1e-6f, team);
        float[] soft = new float[encoded.Length / width * hidden], padding = new float[hidden];
        embedder.Soft(new Matrix(encoded, encoded.Length / width, width), new Matrix(soft, encoded.Length / width, hidden), 1, team);
        embedder.Hard(vocab - 1, padding);
        return (soft, padding);
    }

    internal static Dictionary<string, float[]> Run(float[] features, int threads)
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
