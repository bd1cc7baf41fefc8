using System.Text.Json;
using GemmaSharp.Media.Audio;
using GemmaSharp.Model.Audio;
using GemmaSharp.Model.Config;

namespace GemmaSharp.Tests.Model.Audio;

/// <summary>Log-mel frames from samples, the window and the filters against the reference's extractor.</summary>
public sealed class MelSpectrogramTests
{
    // README of the fixtures: 1e-4, the reference's own noise being 1e-6.
    private const float Tolerance = 1e-4f;

    // The reference forms the filters in float32: frequencies of thousands of Hz divided by differences of tens.
    private const float FilterTolerance = 1e-5f;

    private static JsonElement Cases => JsonDocument.Parse(File.ReadAllText(Fixture.Path("AudioClips", "cases.json"))).RootElement;

    [Fact]
    public void Window_SameBitsAsReference()
    {
        using Tensors expected = Tensors.Open(Fixture.Path("AudioClips", "expected.safetensors"));

        Assert.Equal(expected.Floats("window"), new MelSpectrogram(new MelConfig()).Window.ToArray());
    }

    [Fact]
    public void Weight_EveryFilterAndFrequency_EqualsReference()
    {
        using Tensors expected = Tensors.Open(Fixture.Path("AudioClips", "expected.safetensors"));
        MelFilters filters = new(new MelConfig());
        float[] found = [.. Enumerable.Range(0, 513).SelectMany(frequency => Enumerable.Range(0, 128).Select(bin => (float)filters.Weight(bin, frequency)))];

        Assert.InRange(Tensors.Distance(expected.Floats("mel_filters"), found), 0, FilterTolerance);
        Assert.Equal(946, found.Count(weight => weight > 0));
    }

    [Fact]
    public void FrameCount_EveryListedLength_EqualsReference()
    {
        MelSpectrogram mel = new(new MelConfig());

        Assert.All(
            Cases.GetProperty("frames_by_length").EnumerateArray(),
            one => Assert.Equal(one.GetProperty("frames").GetInt32(), mel.FrameCount(int.Min(one.GetProperty("samples").GetInt32(), new MelConfig().MaxSamples))));
    }

    [Fact]
    public void Forward_FirstWindowOfALongClip_ListedFramesEqualReference()
    {
        using Tensors expected = Tensors.Open(Fixture.Path("AudioClips", "expected.safetensors"));
        JsonElement clip = Cases.GetProperty("cases").EnumerateArray().First(one => one.GetProperty("file").GetString() == "over-30s.wav");
        float[] samples = AudioDecoder.Decode(File.ReadAllBytes(Fixture.Path("AudioClips", "over-30s.wav")), "over-30s.wav").Samples;

        float[] features = new MelSpectrogram(new MelConfig()).Forward(samples.AsSpan(0, 480_000));

        float[] rows = [.. clip.GetProperty("rows").EnumerateArray().SelectMany(row => features.AsSpan(row.GetInt32() * 128, 128).ToArray())];
        Assert.Equal(clip.GetProperty("frames").GetInt32() * 128, features.Length);
        Assert.InRange(Tensors.Distance(expected.Floats("over-30s.features"), rows), 0, Tolerance);
    }

    [Fact]
    public void Forward_ClipsPaddedTogether_EqualReference()
    {
        using Tensors expected = Tensors.Open(Fixture.Path("AudioClips", "expected.safetensors"));
        float[] longer = expected.Floats("batch.wave0"), shorter = expected.Floats("batch.wave1"), both = expected.Floats("batch.features");
        byte[] mask = expected.Bytes("batch.mask");
        MelSpectrogram mel = new(new MelConfig());
        Array.Resize(ref shorter, longer.Length);

        float[] found = [.. mel.Forward(longer), .. mel.Forward(shorter)];

        // Frames that begin in the padding are the reference's to fill.
        Assert.Equal(both.Length, found.Length);
        for (int frame = 0; frame < mask.Length; frame++)
        {
            Assert.InRange(mask[frame] == 0 ? 0 : Tensors.Distance(both.AsSpan(frame * 128, 128), found.AsSpan(frame * 128, 128)), 0, Tolerance);
        }
    }

    [Fact]
    public void Forward_ResampledSamplesOfTheReference_EqualReference()
    {
        using Tensors waves = Tensors.Open(Fixture.Path("AudioClips", "resampled.safetensors"));
        using Tensors expected = Tensors.Open(Fixture.Path("AudioClips", "expected.safetensors"));
        MelSpectrogram mel = new(new MelConfig());
        string[] names = [.. waves.Entries.Select(entry => entry.Name[..^".wave16k".Length])];

        Assert.NotEmpty(names);
        Assert.All(names, name => Assert.InRange(Tensors.Distance(expected.Floats($"{name}.features"), mel.Forward(waves.Floats($"{name}.wave16k"))), 0, Tolerance));
    }

    [Fact]
    public void Forward_ScaleMeansAndDeviations_ApplyAsDescribed()
    {
        float[] samples = [.. Enumerable.Range(0, 2000).Select(at => MathF.Sin(at * 0.3f))];
        double[] means = [.. Enumerable.Range(0, 128).Select(bin => bin * 0.1)], deviations = [.. Enumerable.Range(0, 128).Select(bin => 1 + (bin * 0.01))];

        float[] plain = new MelSpectrogram(new MelConfig()).Forward(Array.ConvertAll(samples, sample => sample * 0.5f));
        float[] found = new MelSpectrogram(new MelConfig { InputScale = 0.5f, BinMeans = means, BinDeviations = deviations }).Forward(samples);

        for (int at = 0; at < plain.Length; at++)
        {
            Assert.Equal((plain[at] - means[at % 128]) / deviations[at % 128], found[at], 1e-5);
        }
    }
}
