using System.Text.Json;
using GemmaSharp.Kernels.Tensors;
using GemmaSharp.Kernels.Threading;
using GemmaSharp.Model.Audio;
using GemmaSharp.Model.Config;
using GemmaSharp.Model.Multimodal;
using GemmaSharp.Model.Vision;
using GemmaSharp.Weights;

namespace GemmaSharp.Tests.Model.FullSize;

/// <summary>Both towers at the released sizes with weights from a formula, against timm and transformers.</summary>
public sealed class FullSizeTowerTests
{
    // README of the fixtures; the reference's own noise is 7e-6.
    private const float Tolerance = 1e-4f;
    private const int Hidden = 2048;

    [FullSizeFact]
    public void VisionTower_At768_ProbesTokensAndRowsEqualReference()
    {
        const int side = 768, every = 8;
        using FormulaWeights weights = FullSizeShapes.Vision();
        JsonElement json = Json("vision.json");
        Assert.Equal(json.GetProperty("tensors").GetInt32(), weights.Entries.Count(entry => entry.Name.StartsWith("model.vision_tower", StringComparison.Ordinal)));
        using ThreadTeam team = new();
        using VisionTower tower = VisionTower.Load(new WeightScope(weights).Child("model").Child("vision_tower").Child("timm_model"), team);
        FeatureMap picture = new(side, side, 3);
        for (int at = 0; at < picture.Values.Length; at++)
        {
            int c = at % 3, x = at / 3 % side, y = at / 3 / side;
            picture.Values[at] = (((7 * x * (c + 1)) + (5 * y * (3 - c)) + ((x * y) >> (4 + c))) & 255) * (float)0.00392156862745098;
        }

        Dictionary<string, JsonElement> probes = json.GetProperty("probes").EnumerateArray().ToDictionary(probe => probe.GetProperty("name").GetString()!);
        int compared = 0;
        FeatureMap map = tower.Forward(picture, (name, shape, values) =>
        {
            if (!probes.TryGetValue(name, out JsonElement probe))
            {
                return;
            }

            compared++;
            int height = shape[1], width = shape[2];
            float[] centre = [.. Enumerable.Range(0, 4).Select(channel => 0f)];
            for (int channel = 0; channel < centre.Length; channel++)
            {
                centre[channel] = values[(((channel * height) + (height / 2)) * width) + (width / 2)];
            }

            float gate = Tolerance * MathF.Max(1, (float)probe.GetProperty("rms").GetDouble());
            float distance = Tensors.Distance(Floats(probe.GetProperty("centre_channels_0_3")), centre);
            Assert.True(distance <= gate, $"{name} is off by {distance}");
            CheckStatistics(probe, values, gate);
        });

        Assert.Equal(probes.Count, compared);
        using Tensors expected = Tensors.Open(Fixture.Path("FullSize", "vision.safetensors"));
        Assert.InRange(Tensors.Distance(expected.Floats("tokens"), EveryRow(map.Pixels, every)), 0, Tolerance);
        using ModalityEmbedder embedder = ModalityEmbedder.Load(new WeightScope(weights).Child("model").Child("embed_vision"), 128, Hidden, Hidden, 1e-6f, team);
        float[] soft = new float[256 * Hidden];
        embedder.Soft(map.Pixels, new Matrix(soft, 256, Hidden), (float)Math.Sqrt(Hidden), team);
        Assert.InRange(Tensors.Distance(expected.Floats("soft"), EveryRow(new Matrix(soft, 256, Hidden), every)), 0, Tolerance);
    }

    [FullSizeFact]
    public void AudioTower_FiveSeconds_ProbesAndRowsEqualReference()
    {
        const int frames = 497, bins = 128, width = 1536;
        using FormulaWeights weights = FullSizeShapes.Audio();
        JsonElement json = Json("audio.json");
        Assert.Equal(json.GetProperty("tensors").GetInt32(), weights.Entries.Count(entry => entry.Name.StartsWith("model.audio_tower", StringComparison.Ordinal)));
        using JsonDocument config = JsonDocument.Parse("{}");
        using ThreadTeam team = new();
        using AudioTower tower = AudioTower.Load(new WeightScope(weights).Child("model").Child("audio_tower"), AudioConfigJson.Read(new JsonFields(config.RootElement, "defaults")), team);
        uint hash = FormulaWeights.Hash("input_features");
        float[] features = [.. Enumerable.Range(0, frames * bins).Select(at => (2 * FormulaWeights.Unit(hash, (uint)at)) - 2)];
        Dictionary<string, JsonElement> probes = json.GetProperty("probes").EnumerateArray().ToDictionary(probe => probe.GetProperty("name").GetString()!);
        int compared = 0;
        float[] encoder = tower.Forward(new Matrix(features, frames, bins), (name, _, values) =>
        {
            if (probes.TryGetValue(name, out JsonElement probe))
            {
                compared++;
                CheckStatistics(probe, values, Tolerance);
                Assert.InRange(Tensors.Distance(Floats(probe.GetProperty("row_0")), values[..4]), 0, Tolerance);
                Assert.InRange(Tensors.Distance(Floats(probe.GetProperty("last_row")), values.Slice(values.Length - width, 4)), 0, Tolerance);
            }
        });

        Assert.Equal(probes.Count, compared);
        using Tensors expected = Tensors.Open(Fixture.Path("FullSize", "audio.safetensors"));
        Assert.InRange(Tensors.Distance(expected.Floats("encoder"), encoder), 0, Tolerance);
        using ModalityEmbedder embedder = ModalityEmbedder.Load(new WeightScope(weights).Child("model").Child("embed_audio"), 128, width, Hidden, 1e-6f, team);
        int rows = encoder.Length / width;
        float[] soft = new float[rows * Hidden], padding = new float[Hidden];
        embedder.Soft(new Matrix(encoder, rows, width), new Matrix(soft, rows, Hidden), 1, team);
        embedder.Hard(127, padding);
        Assert.InRange(Tensors.Distance(expected.Floats("soft"), soft), 0, Tolerance);
        Assert.InRange(Tensors.Distance(expected.Floats("padding_embedding"), padding), 0, Tolerance);
    }

    [Fact]
    public void Read_ListedWeights_FormulaAsDescribed()
    {
        using FormulaWeights vision = FullSizeShapes.Vision(), audio = FullSizeShapes.Audio();
        foreach (JsonElement one in Json("vision.json").GetProperty("weights").EnumerateArray())
        {
            string name = one.GetProperty("name").GetString()!;
            FormulaWeights weights = vision.Find(name) is null ? audio : vision;
            WeightEntry entry = weights.Find(name)!;
            Assert.Equal(one.GetProperty("shape").EnumerateArray().Select(size => size.GetInt64()), entry.Shape);
            foreach (JsonProperty value in one.GetProperty("values").EnumerateObject())
            {
                byte[] bytes = new byte[sizeof(float)];
                weights.Read(entry, long.Parse(value.Name, System.Globalization.CultureInfo.InvariantCulture) * sizeof(float), bytes);
                Assert.Equal((float)value.Value.GetDouble(), BitConverter.ToSingle(bytes));
            }
        }
    }

    private static void CheckStatistics(JsonElement probe, ReadOnlySpan<float> values, float gate)
    {
        double sum = 0, squares = 0;
        float largest = 0;
        foreach (float value in values)
        {
            sum += value;
            squares += (double)value * value;
            largest = MathF.Max(largest, MathF.Abs(value));
        }

        Assert.InRange((sum / values.Length) - probe.GetProperty("mean").GetDouble(), -gate, gate);
        Assert.InRange(Math.Sqrt(squares / values.Length) - probe.GetProperty("rms").GetDouble(), -gate, gate);
        Assert.InRange(largest - probe.GetProperty("absmax").GetDouble(), -gate, gate);
    }

    private static float[] EveryRow(Matrix rows, int step)
    {
        List<float> kept = [];
        for (int row = 0; row < rows.RowCount; row += step)
        {
            kept.AddRange(rows[row]);
        }

        return [.. kept];
    }

    private static float[] Floats(JsonElement array) => [.. array.EnumerateArray().Select(value => (float)value.GetDouble())];

    private static JsonElement Json(string file) => JsonDocument.Parse(File.ReadAllText(Fixture.Path("FullSize", file))).RootElement;

    private sealed class FullSizeFactAttribute : FactAttribute
    {
        private const string Variable = "GEMMASHARP_FULLSIZE";

        public FullSizeFactAttribute() => Skip = Environment.GetEnvironmentVariable(Variable) == "1" ? null : $"takes up to a minute and 3 GB; set {Variable}=1";
    }
}
