using System.Diagnostics;
using System.Text.Json.Nodes;

namespace GemmaSharp.Benchmarking;

/// <summary>Times the encoders on a picture and a clip as large as they take.</summary>
internal sealed class MediaBench(GemmaEngine engine, int rounds, CancellationToken cancel)
{
    /// <summary>Refuses a plan that needs an encoder which the model lacks.</summary>
    public static void Check(BenchmarkPlan plan, GemmaEngine engine)
    {
        string? missing = plan.Image && !engine.Model.HasVision ? "image" : plan.Audio && !engine.Model.HasAudio ? "audio" : null;
        if (missing is not null)
        {
            throw new InvalidDataException($"--{missing}: the model was loaded without an {missing} encoder; a model that has one, or --mmproj, is expected");
        }
    }

    /// <summary>A row of the time for a picture.</summary>
    public JsonObject Image(JsonObject row)
    {
        int width = engine.Files.Processor.ImageWidth, height = engine.Files.Processor.ImageHeight;
        byte[] pixels = new byte[width * height * 3];
        new Random(width).NextBytes(pixels);
        Measure(row, () => engine.Model.EncodeImage(pixels, width, height));
        row["width"] = width;
        row["height"] = height;
        return row;
    }

    /// <summary>A row of the time for a clip.</summary>
    public JsonObject Audio(JsonObject row)
    {
        float[] samples = new float[engine.Model.MaxAudioSamples];
        Random random = new(samples.Length);
        for (int at = 0; at < samples.Length; at++)
        {
            samples[at] = 0.1f * ((2 * random.NextSingle()) - 1);
        }

        double clip = samples.Length / (double)engine.Files.Processor.Mel.SampleRate;
        Measure(row, () => engine.Model.EncodeAudio(samples));
        row["clip_seconds"] = Spread.Rounded(clip);
        row["times_real_time"] = Spread.Rounded(clip / (double)row["seconds"]!);
        return row;
    }

    private void Measure(JsonObject row, Action work)
    {
        List<double> seconds = [];
        for (int round = -1; round < rounds; round++)
        {
            cancel.ThrowIfCancellationRequested();
            long started = Stopwatch.GetTimestamp();
            work();
            seconds.AddRange(round >= 0 ? [Stopwatch.GetElapsedTime(started).TotalSeconds] : []);
        }

        Spread spread = Spread.Of(seconds);
        row["seconds"] = Spread.Rounded(spread.Median);
        row["seconds_min"] = Spread.Rounded(spread.Min);
        row["seconds_max"] = Spread.Rounded(spread.Max);
    }
}
