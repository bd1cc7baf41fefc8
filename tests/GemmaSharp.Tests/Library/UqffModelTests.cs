using GemmaSharp.Kernels.Ops;
using GemmaSharp.Kernels.Quantizers;
using GemmaSharp.Kernels.Tensors;
using GemmaSharp.Model;
using GemmaSharp.Tests.Weights.Uqff;
using GemmaSharp.Weights;
using GemmaSharp.Weights.Safetensors;
using GemmaSharp.Weights.Uqff;

namespace GemmaSharp.Tests.Library;

/// <summary>The pocket model as UQFF files: what loads, computes and can be sliced.</summary>
public sealed class UqffModelTests : IDisposable
{
    // Products of the same weights in another order of summation.
    private const float SumTolerance = 1e-3f;

    private readonly string _folder = Directory.CreateTempSubdirectory("uqff").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Load_UnquantisedLayers_SameBitsAsTheFolder()
    {
        WriteModel((_, _) => null);
        using GemmaEngine folder = GemmaEngine.Load(Fixture.Pocket()), file = GemmaEngine.Load(Path.Combine(_folder, "m-0.uqff"));

        Assert.Equal(Logits(folder), Logits(file));
        Assert.True(file.Model.HasVision && file.Model.HasAudio);
        Assert.Empty(file.Model.UnusedTensors);
    }

    [Theory]
    [InlineData("Q8_0", null)]
    [InlineData("Q8_0", "Config for small model")]
    [InlineData("AFQ6", null)]
    [InlineData("AFQ6", "Config for half width")]
    [InlineData("HQQ8", null)]
    public void Load_QuantisedLayers_ResultsOfTheSameWeightsAsFloats(string type, string? slice)
    {
        // A layer's 16 columns of the per-layer table are less than a block, so that it stays whole where layers are skipped.
        bool skips = slice == "Config for small model";
        WriteModel((entry, values) => skips && entry.Name.Contains("embed_tokens_per_layer", StringComparison.Ordinal) ? null : Quantised(type, entry, values));
        EngineOptions options = new() { Slice = slice, MatFormerTable = slice is null ? null : Fixture.Pocket("slices.csv") };
        using GemmaEngine engine = GemmaEngine.Load(_folder, options);
        float[] found = Logits(engine);

        WriteExpanded();
        using GemmaEngine floats = GemmaEngine.Load(Path.Combine(_folder, "expanded"), options);

        Assert.InRange(Tensors.Distance(Logits(floats), found), 0, SumTolerance);
        Assert.NotEqual(Logits(floats).Max(), PlainMax(options));
    }

    [Fact]
    public void Load_SliceOfHqq_SaysThatItCannotBeCut()
    {
        WriteModel((entry, values) => Quantised("HQQ8", entry, values));

        WeightException error = Assert.Throws<WeightException>(
            () => GemmaEngine.Load(_folder, new EngineOptions { Slice = "Config for half width", MatFormerTable = Fixture.Pocket("slices.csv") }));

        Assert.Contains("HQQ8 joins rows", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_SkippedLayerInsideABlockOfTheTable_SaysSo()
    {
        WriteModel((entry, values) => Quantised("Q8_0", entry, values));

        InvalidDataException error = Assert.Throws<InvalidDataException>(
            () => GemmaEngine.Load(_folder, new EngineOptions { Slice = "Config for small model", MatFormerTable = Fixture.Pocket("slices.csv") }));

        Assert.Contains("16 columns of model.language_model.embed_tokens_per_layer.weight belong to a layer, but its type Q8_0 has blocks of 32", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_NoSuchFile_SaysWhatIsExpected() => Assert.Contains(
        ".uqff", Assert.Throws<InvalidDataException>(() => GemmaEngine.Load(Path.Combine(_folder, "none-0.uqff"))).Message, StringComparison.Ordinal);

    private static float PlainMax(EngineOptions options)
    {
        using GemmaEngine plain = GemmaEngine.Load(Fixture.Pocket(), options);
        return Logits(plain).Max();
    }

    private static float[] Logits(GemmaEngine engine)
    {
        int[] ids = [2, 15, 300, 77, 512, 9, 41];
        float[] logits = new float[ids.Length * engine.Model.Config.Text.VocabSize];
        using ModelState state = engine.Model.CreateState(64);
        engine.Model.Forward(new ModelInput(ids, allLogits: true), state, logits);
        return logits;
    }

    // Layers of the decoder as UQFF keys, quantised where the caller wishes, all else as residual.
    private void WriteModel(Func<WeightEntry, float[], NamedTensor[]?> quantise)
    {
        CopyConfigs(_folder);
        using SafetensorsFile source = SafetensorsFile.Open(Fixture.Pocket("model.safetensors"));
        List<NamedTensor> layers = [.. UqffParts.Version()], residual = [];
        foreach (WeightEntry entry in source.Entries)
        {
            byte[] data = new byte[entry.ByteCount];
            source.Read(entry, 0, data);
            int[] shape = [.. entry.Shape.Select(size => (int)size)];
            string key = entry.Name[..^".weight".Length];
            bool isLayer = entry.Name.StartsWith("model.language_model.", StringComparison.Ordinal)
                && (entry.Name.Contains("_proj.weight", StringComparison.Ordinal) || entry.Name.Contains("embed_tokens", StringComparison.Ordinal));
            if (isLayer)
            {
                float[] values = new float[shape[0] * shape[1]];
                FloatConvert.ToFloat(WeightType.BF16, data, values);
                layers.AddRange(quantise(entry, values) ?? UqffParts.Unquantised(key, entry.TypeName, data, shape));
            }
            else
            {
                residual.Add(new NamedTensor(entry.Name, entry.TypeName, shape, data));
            }
        }

        SafetensorsWriter.Write(Path.Combine(_folder, "m-0.uqff"), layers);
        SafetensorsWriter.Write(Path.Combine(_folder, "residual.safetensors"), residual);
    }

    // The same weights, turned into floats one by one.
    private void WriteExpanded()
    {
        string folder = Path.Combine(_folder, "expanded");
        Directory.CreateDirectory(folder);
        CopyConfigs(folder);
        using UqffFile file = UqffFile.Open(Path.Combine(_folder, "m-0.uqff"));
        List<NamedTensor> tensors = [];
        foreach (WeightEntry entry in file.Entries)
        {
            int[] shape = [.. entry.Shape.Select(size => (int)size)];
            byte[] data = new byte[entry.ByteCount];
            file.Read(entry, 0, data);
            if (entry.TypeName == "BF16")
            {
                tensors.Add(new NamedTensor(entry.Name, entry.TypeName, shape, data));
                continue;
            }

            using WeightMatrix matrix = WeightMatrix.Create(WeightTypes.Parse(entry.TypeName)!.Value, shape[0], shape[1], (offset, into) => file.Read(entry, offset, into));
            float[] values = new float[shape[0] * shape[1]];
            for (int row = 0; row < shape[0]; row++)
            {
                matrix.ReadRow(row, values.AsSpan(row * shape[1], shape[1]));
            }

            tensors.Add(NamedTensor.F32(entry.Name, values, shape));
        }

        SafetensorsWriter.Write(Path.Combine(folder, "model.safetensors"), tensors);
    }

    private static void CopyConfigs(string folder)
    {
        foreach (string file in Directory.GetFiles(Fixture.Pocket()).Where(file => Path.GetExtension(file) is ".json" or ".jinja"))
        {
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)), overwrite: true);
        }
    }

    private static NamedTensor[]? Quantised(string type, WeightEntry entry, float[] values)
    {
        string key = entry.Name[..^".weight".Length];
        (int rows, int columns) = ((int)entry.Shape[0], (int)entry.Shape[1]);
        if (type == "Q8_0" && columns % 32 == 0)
        {
            byte[] blocks = new byte[WeightTypes.RowBytes(WeightType.Q8_0, columns) * rows];
            Quantize.Rows(WeightType.Q8_0, values, columns, [], blocks);
            return UqffParts.Gguf(key, 8, blocks, rows, columns);
        }

        if (type == "AFQ6" && columns % 64 == 0)
        {
            return Afq6(key, values, rows, columns);
        }

        if (type == "HQQ8" && rows % 64 == 0)
        {
            int groups = values.Length / 64;
            float[] lowest = [.. Enumerable.Range(0, groups).Select(group => Enumerable.Range(0, 64).Min(member => values[(member * groups) + group]))];
            float[] scales = [.. Enumerable.Range(0, groups).Select(group => (Enumerable.Range(0, 64).Max(member => values[(member * groups) + group]) - lowest[group]) / 255)];
            byte[] codes = [.. values.Select((value, at) => (byte)float.Clamp(float.Round((value - lowest[at % groups]) / scales[at % groups]), 0, 255))];
            return UqffParts.Hqq(key, codes, scales, [.. lowest.Select((low, group) => -low / scales[group])], (rows, columns, 8));
        }

        return null;
    }

    private static NamedTensor[] Afq6(string key, float[] values, int rows, int columns)
    {
        List<byte> scales = [], minima = [];
        byte[] codes = new byte[values.Length * 6 / 8];
        for (int group = 0; group < values.Length / 64; group++)
        {
            ReadOnlySpan<float> part = values.AsSpan(group * 64, 64);
            float low = float.MaxValue, high = float.MinValue;
            foreach (float value in part)
            {
                (low, high) = (float.Min(low, value), float.Max(high, value));
            }

            float scale = (high - low) / 63;
            scales.AddRange(Upper(scale));
            minima.AddRange(Upper(low));
            for (int at = 0; at < 64; at++)
            {
                int code = (int)float.Clamp(float.Round((part[at] - low) / scale), 0, 63), bit = ((group * 64) + at) * 6;
                codes[bit / 8] |= (byte)(code << (bit % 8));
                if (bit % 8 > 2)
                {
                    codes[(bit / 8) + 1] |= (byte)(code >> (8 - (bit % 8)));
                }
            }
        }

        return UqffParts.Afq(key, codes, ("BF16", [.. scales], [.. minima]), (rows, columns, 6, 64));

        static byte[] Upper(float value) => BitConverter.GetBytes((ushort)(BitConverter.SingleToUInt32Bits(value) >> 16));
    }
}
