using System.Text.Json;
using GemmaSharp.Kernels.Threading;
using GemmaSharp.Media.Images;
using GemmaSharp.Model.Config;
using GemmaSharp.Model.Vision;
using GemmaSharp.Weights;

namespace GemmaSharp.Tests.Model.Vision;

/// <summary>The image tower against timm at nine sizes: every probe at 256, the main ones elsewhere.</summary>
public sealed class VisionTowerTests
{
    // The README's gate: 1e-4 times max(1, rms of the reference).
    private const float Tolerance = 1e-4f;

    private static string Folder => Fixture.Path("VisionTiny");

    [Fact]
    public void Forward_256_EveryProbeEqualsReference()
    {
        using Tensors expected = Tensors.Open(Path.Combine(Folder, "trace.safetensors"));
        JsonElement probes = Trace().GetProperty("256").GetProperty("probes");
        Dictionary<string, (int[] Shape, float[] Values)> taps = Run(expected.Bytes("256.pixels"), 256, 256, threads: 2);

        foreach (JsonProperty probe in probes.EnumerateObject().Where(one => expected.Has($"256.{one.Name}") && one.Name != "soft_tokens"))
        {
            Assert.True(taps.ContainsKey(probe.Name), $"no tap for {probe.Name}");
            float[] sample = Sample(taps[probe.Name], expected.Shape($"256.{probe.Name}"));
            float gate = Tolerance * MathF.Max(1, (float)probe.Value.GetProperty("rms").GetDouble());
            float distance = Tensors.Distance(expected.Floats($"256.{probe.Name}"), sample);
            Assert.True(distance <= gate, $"{probe.Name} is off by {distance}");
        }
    }

    [Theory]
    [InlineData("64")]
    [InlineData("128")]
    [InlineData("224")]
    [InlineData("256")]
    [InlineData("384")]
    [InlineData("512")]
    [InlineData("768")]
    [InlineData("200x328")]
    [InlineData("96x512")]
    public void Forward_AnySize_ProbesAndSoftTokensEqualReference(string name)
    {
        JsonElement one = Trace().GetProperty(name);
        int height = one.GetProperty("height").GetInt32(), width = one.GetProperty("width").GetInt32();
        using Tensors expected = Tensors.Open(Path.Combine(Folder, "trace.safetensors"));
        using TestModel model = TestModel.Load(Fixture.Path("TinyMm"));
        RgbImage source = ImageDecoder.Decode(File.ReadAllBytes(Fixture.Path("Image", "rgb-500x333.png")), "rgb-500x333.png");
        Dictionary<string, (int[] Shape, float[] Values)> taps = [];

        float[] soft = model.Model.EncodeImage(
            Resize.Bilinear(source, width, height).Pixels, width, height, (probe, shape, values) => taps[probe] = (shape.ToArray(), values.ToArray()));

        Assert.InRange(Tensors.Distance(expected.Floats($"{name}.soft_tokens"), soft), 0, Tolerance);
        foreach (JsonProperty probe in one.GetProperty("probes").EnumerateObject())
        {
            (int[] shape, float[] values) = taps[probe.Name];
            double rms = probe.Value.GetProperty("rms").GetDouble(), gate = Tolerance * Math.Max(1, rms);
            Assert.Equal(probe.Value.GetProperty("shape").EnumerateArray().Select(size => size.GetInt32()), shape);
            Assert.InRange(values.Average(value => (double)value) - probe.Value.GetProperty("mean").GetDouble(), -gate, gate);
            Assert.InRange(Math.Sqrt(values.Average(value => (double)value * value)) - rms, -gate, gate);
            Assert.InRange(values.Max(Math.Abs) - probe.Value.GetProperty("absmax").GetDouble(), -gate, gate);
            if (expected.Has($"{name}.{probe.Name}"))
            {
                float distance = Tensors.Distance(expected.Floats($"{name}.{probe.Name}"), Sample(taps[probe.Name], expected.Shape($"{name}.{probe.Name}")));
                Assert.True(distance <= gate, $"{probe.Name} is off by {distance}");
            }
        }
    }

    [Fact]
    public void Load_ConfigOfAnotherWidth_SaysBothWidths()
    {
        string json = File.ReadAllText(Fixture.Path("TinyMm", "config.json")).Replace("\"hidden_size\": 2048", "\"hidden_size\": 1024", StringComparison.Ordinal);
        using JsonDocument config = JsonDocument.Parse(json);

        WeightException error = Assert.Throws<WeightException>(() =>
            TestModel.Load(Fixture.Path("TinyMm"), ConfigJson.Read(new JsonFields(config.RootElement, "config.json"))));

        Assert.Contains("hidden_size is 1024", error.Message, StringComparison.Ordinal);
        Assert.Contains("2048", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Forward_OneThreadOrThree_SameBits()
    {
        using Tensors expected = Tensors.Open(Path.Combine(Folder, "trace.safetensors"));
        byte[] pixels = expected.Bytes("256.pixels");

        Assert.Equal(Run(pixels, 256, 256, threads: 1)["msfa"].Values, Run(pixels, 256, 256, threads: 3)["msfa"].Values);
    }

    internal static JsonElement Trace() =>
        JsonDocument.Parse(File.ReadAllText(Path.Combine(Folder, "trace.json"))).RootElement.GetProperty("cases");

    internal static Dictionary<string, (int[] Shape, float[] Values)> Run(byte[] rgb, int width, int height, int threads)
    {
        using ThreadTeam team = new(threads);
        using IWeightSource source = WeightFiles.Open(Fixture.Path("TinyMm"));
        using VisionTower tower = VisionTower.Load(new WeightScope(source).Child("model").Child("vision_tower").Child("timm_model"), team);
        FeatureMap picture = new(height, width, 3);
        for (int at = 0; at < rgb.Length; at++)
        {
            picture.Values[at] = rgb[at] / 255f;
        }

        Dictionary<string, (int[], float[])> taps = [];
        tower.Forward(picture, (name, shape, values) => taps[name] = (shape.ToArray(), values.ToArray()));
        return taps;
    }

    // The reference kept every n-th channel, row and column.
    private static float[] Sample((int[] Shape, float[] Values) tap, IReadOnlyList<long> kept)
    {
        int stepY = (tap.Shape[1] + (int)kept[1] - 1) / (int)kept[1], stepX = (tap.Shape[2] + (int)kept[2] - 1) / (int)kept[2];
        int step = tap.Shape[0] / (int)kept[0];
        List<float> sample = [];
        for (int channel = 0; channel < tap.Shape[0]; channel += step)
        {
            for (int y = 0; y < tap.Shape[1]; y += stepY)
            {
                for (int x = 0; x < tap.Shape[2]; x += stepX)
                {
                    sample.Add(tap.Values[(((channel * tap.Shape[1]) + y) * tap.Shape[2]) + x]);
                }
            }
        }

        return [.. sample];
    }
}
