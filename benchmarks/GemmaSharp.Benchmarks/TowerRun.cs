using System.Globalization;
using GemmaSharp.Kernels.Ops;
using GemmaSharp.Kernels.Tensors;
using GemmaSharp.Kernels.Threading;
using GemmaSharp.Model.Audio;
using GemmaSharp.Model.Config;
using GemmaSharp.Model.Export;
using GemmaSharp.Model.InPlace;
using GemmaSharp.Model.Vision;
using GemmaSharp.Weights;

namespace GemmaSharp.Benchmarks;

/// <summary>The published image and audio towers with formula weights: one 768 x 768 picture, one clip of 30 s. Arguments: threads, image|audio|both, weight type.</summary>
internal static class TowerRun
{
    private const int Side = 768;
    private const double VisionCost = 435.7; // GMAC of a picture (vision.md 7)
    private const int ClipFrames = 2997;
    private const double ClipSeconds = 30;
    private const int Rounds = 3;

    public static int Start(string[] args)
    {
        int threads = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : Environment.ProcessorCount;
        string which = args.Length > 1 ? args[1] : "both", type = args.Length > 2 ? args[2].ToUpperInvariant() : "F16";
        using ThreadTeam team = new(threads);
        Console.WriteLine("| tower | best, s | processor time, s | rate | rms of the result |");
        Console.WriteLine("|---|---|---|---|---|");
        if (which != "audio")
        {
            Vision(type, team);
        }

        if (which != "image")
        {
            Audio(type, team);
        }

        return 0;
    }

    private static void Vision(string type, ThreadTeam team)
    {
        using IWeightSource source = Stored(RealTowers.VisionSource, type, team);
        using VisionTower tower = VisionTower.Load(Walk(source, RealTowers.Vision), team);
        FeatureMap result = new(1, 1, 1);
        Timing timing = Timing.Of(Rounds, () => result = tower.Forward(Picture(), tap: null));
        Report($"image 768 x 768, {type}", timing, $"{VisionCost / timing.Min:F1} GMAC/s", result.Values);
    }

    private static void Audio(string type, ThreadTeam team)
    {
        AudioConfig config = PublishedTowers.Audio;
        using IWeightSource source = Stored(RealTowers.AudioSource, type, team);
        using AudioTower tower = AudioTower.Load(Walk(source, RealTowers.Audio), config, team);
        float[] frames = new float[ClipFrames * config.InputFeatureSize];
        FormulaWeights.Fill("input_features", frames);
        for (int at = 0; at < frames.Length; at++)
        {
            frames[at] = (2 * frames[at]) - 2;
        }

        float[] result = [];
        Timing timing = Timing.Of(Rounds, () => result = tower.Forward(new Matrix(frames, ClipFrames, config.InputFeatureSize), tap: null));
        Report($"audio 30 s, {type}", timing, $"{ClipSeconds / timing.Min:F1} times real time", result);
    }

    // Q8_0 as the option that quantises encoders makes it, of F16.
    private static IWeightSource Stored(Func<WeightType, FormulaSource> create, string type, ThreadTeam team) => type == "Q8_0"
        ? new QuantizedWeights(create(WeightType.F16), InPlaceType.Parse(null, type)!, team)
        : create(WeightTypes.Parse(type) ?? throw new ArgumentException($"{type}: F32, F16, BF16 or Q8_0 expected"));

    private static void Report(string tower, Timing timing, FormattableString rate, ReadOnlySpan<float> result) => Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture,
        $"| {tower} | {timing.Min:F2} | {timing.MinProcessor:F2} | {FormattableString.Invariant(rate)} | {MathF.Sqrt(RmsNormalize.MeanSquare(result)):F4} |"));

    private static WeightScope Walk(IWeightSource source, string path)
    {
        WeightScope scope = new(source);
        foreach (string part in path.Split('.'))
        {
            scope = scope.Child(part);
        }

        return scope;
    }

    private static FeatureMap Picture()
    {
        FeatureMap picture = new(Side, Side, 3);
        for (int at = 0; at < picture.Values.Length; at++)
        {
            int channel = at % 3, x = at / 3 % Side, y = at / 3 / Side;
            int value = ((7 * x * (channel + 1)) + (5 * y * (3 - channel)) + ((x * y) >> (4 + channel))) & 255;
            picture.Values[at] = value * (float)(1 / 255.0);
        }

        return picture;
    }
}
