using System.Text.Json;
using CsCheck;
using GemmaSharp.Media;
using GemmaSharp.Media.Audio;
using GemmaSharp.Model.Audio;
using GemmaSharp.Model.Config;

namespace GemmaSharp.Tests.Media.Audio;

/// <summary>Sound files through decoder, resampler and log-mel against the reference's features.</summary>
public sealed class AudioDecoderTests
{
    // README of the fixtures: exact rates 1e-4; other rates inside bins 0..119 and away from the ends 1e-3.
    private const float SameRateTolerance = 1e-4f;
    private const float ResampledTolerance = 1e-3f;
    private const int EndFrames = 4;
    private const int CleanBins = 119;
    private const int CleanBinsOf8kHz = 88;

    public static TheoryData<string> Wavs() => [.. Files(wantsError: false).Where(file => file.EndsWith(".wav", StringComparison.Ordinal) && file != "over-30s.wav")];

    public static TheoryData<string> Hostile() => [.. Files(wantsError: true).Where(file => file.EndsWith(".wav", StringComparison.Ordinal))];

    [Theory]
    [MemberData(nameof(Wavs))]
    public void Decode_Wav_FeaturesEqualReference(string file)
    {
        AudioClip clip = AudioDecoder.Decode(File.ReadAllBytes(Fixture.Path("AudioClips", file)), file);
        float[] found = new MelSpectrogram(new MelConfig()).Forward(Resample.To(clip, 16000));

        using Tensors reference = Tensors.Open(Fixture.Path("AudioClips", "expected.safetensors"));
        float[] expected = reference.Floats($"{file[..^4]}.features");
        Assert.Equal(expected.Length, found.Length);
        bool resampled = clip.SampleRate != 16000;
        int ends = resampled ? EndFrames : 0, bins = resampled ? (clip.SampleRate == 8000 ? CleanBinsOf8kHz : CleanBins) : 127;
        for (int at = ends * 128; at < expected.Length - (ends * 128); at++)
        {
            if (at % 128 <= bins)
            {
                float distance = MathF.Abs(expected[at] - found[at]);
                Assert.True(distance <= (resampled ? ResampledTolerance : SameRateTolerance), $"frame {at / 128}, bin {at % 128} is off by {distance}");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Hostile))]
    public void Decode_Hostile_OneClearError(string file)
    {
        string kind = Find(file).GetProperty("error").GetString()!.Replace("_", "", StringComparison.Ordinal);
        Exception? error = Record.Exception(() =>
            new MelSpectrogram(new MelConfig()).Forward(Resample.To(AudioDecoder.Decode(File.ReadAllBytes(Fixture.Path("AudioClips", file)), file), 16000)));

        Assert.True(error is MediaException or InvalidDataException, $"{error}");
        if (error is MediaException media)
        {
            Assert.Equal(kind, media.Problem.ToString(), ignoreCase: true);
        }
    }

    // Lossless and bit-exact decoders inside the clean bins; Opus and AAC decoders differ among themselves, so their mean is held.
    [FfmpegTheory]
    [InlineData("speech.mp3", ResampledTolerance, 0.01)]
    [InlineData("speech.flac", SameRateTolerance, 0.001)]
    [InlineData("vorbis.ogg", ResampledTolerance, 0.01)]
    [InlineData("opus.ogg", 0.5f, 0.03)]
    [InlineData("opus.webm", 0.5f, 0.03)]
    [InlineData("aac.m4a", 0.5f, 0.03)]
    public void Decode_OtherContainers_FeaturesEqualReference(string file, float tolerance, double meanTolerance)
    {
        AudioClip clip = AudioDecoder.Decode(File.ReadAllBytes(Fixture.Path("AudioClips", file)), file);
        float[] found = new MelSpectrogram(new MelConfig()).Forward(Resample.To(clip, 16000));

        using Tensors reference = Tensors.Open(Fixture.Path("AudioClips", "expected.safetensors"));
        float[] expected = reference.Floats($"{file}.features");
        int frames = int.Min(expected.Length, found.Length) / 128, ends = 2 * EndFrames;
        Assert.InRange(found.Length / 128, (expected.Length / 128) - 1, (expected.Length / 128) + 1);
        double sum = 0;
        for (int at = ends * 128; at < (frames - ends) * 128; at++)
        {
            float distance = at % 128 <= CleanBins ? MathF.Abs(expected[at] - found[at]) : 0;
            Assert.True(distance <= tolerance, $"frame {at / 128}, bin {at % 128} is off by {distance}");
            sum += distance;
        }

        Assert.InRange(sum / ((frames - (2 * ends)) * 128), 0, meanTolerance);
    }

    [Fact]
    public void Split_LongSound_CoversAllInOrder()
    {
        float[] samples = new float[100_000];
        for (int at = 0; at < samples.Length; at++)
        {
            samples[at] = at % 7000 < 6000 ? 0.5f : 0;
        }

        IReadOnlyList<(int Start, int Length)> windows = AudioWindows.Split(samples, 1000, 30_000);

        Assert.Equal(samples.Length, windows.Sum(window => window.Length));
        Assert.All(windows, window => Assert.InRange(window.Length, 1000, 30_000));
        Assert.All(windows.Skip(1), window => Assert.InRange(window.Start % 7000, 6000, 7000));
    }

    [Fact]
    public void Split_AnyLengthAndWindow_CoversAllAndLeavesNoCrumbs()
    {
        const int rate = 1000;
        Gen.Select(Gen.Int[1, 40_000], Gen.Int[200, 30_000], Gen.Int[0, 1000]).Sample(
            (length, most, seed) =>
            {
                Random random = new(seed);
                float[] samples = [.. Enumerable.Range(0, length).Select(_ => random.NextSingle())];
                int end = 0;
                foreach ((int start, int count) in AudioWindows.Split(samples, rate, most))
                {
                    Assert.Equal(end, start);
                    Assert.InRange(count, int.Min(length, int.Min(most / 4, 5 * rate)), most);
                    end += count;
                }

                Assert.Equal(length, end);
            },
            iter: 200,
            threads: 1,
            seed: "0N0XIzNsQ0O2");
    }

    private static IEnumerable<string> Files(bool wantsError) => All()
        .Where(one => (one.TryGetProperty("error", out JsonElement error) && error.ValueKind == JsonValueKind.String) == wantsError)
        .Select(one => one.GetProperty("file").GetString()!);

    private static JsonElement Find(string file) => All().First(one => one.GetProperty("file").GetString() == file);

    private static JsonElement[] All() =>
        [.. JsonDocument.Parse(File.ReadAllText(Fixture.Path("AudioClips", "cases.json"))).RootElement.GetProperty("cases").EnumerateArray()];

    private sealed class FfmpegTheoryAttribute : TheoryAttribute
    {
        public FfmpegTheoryAttribute()
        {
            bool found = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(folder => File.Exists(Path.Combine(folder, "ffmpeg")));
            Skip = found ? null : "the ffmpeg program is not installed";
        }
    }
}
