using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using GemmaSharp.Conversion;
using GemmaSharp.Diagnostics;
using GemmaSharp.Kernels.Tensors;
using GemmaSharp.Loading;
using GemmaSharp.Model.Config;
using GemmaSharp.Model.MatFormer;
using GemmaSharp.Prompting;
using GemmaSharp.Synthesis;
using GemmaSharp.Weights;

namespace GemmaSharp.Tests.Library.Conversion;

/// <summary>Saved slices: the bits of slicing at load in every format, what they say of themselves, and what is refused.</summary>
public sealed class SliceConversionTests : IDisposable
{
    private const string Small = "Config for small model";
    private static readonly int[] Ids = [2, 17, 300, 45, 612, 9, 88, 1001, 34, 5, 77, 230];
    private readonly string _parent = Directory.CreateTempSubdirectory("slice-conversion").FullName;

    public void Dispose() => Directory.Delete(_parent, recursive: true);

    [Theory]
    [InlineData("Config for half width")]
    [InlineData(Small)]
    [InlineData("Config for mixed width")]
    [InlineData("ffn=192x3,512,64x5;skip=8")]
    public void Write_FolderInEveryFormat_BitsOfSlicingAtLoad(string slice)
    {
        EngineOptions options = new() { Slice = slice };
        byte[] expected = Logits(Fixture.Pocket(), options);

        Assert.Equal(expected, Logits(Save(Fixture.Pocket(), options, Gguf), new EngineOptions()));
        Assert.Equal(expected, Logits(Save(Fixture.Pocket(), options, Folder), new EngineOptions()));
        Assert.Equal(expected, Logits(Save(Fixture.Pocket(), options, Uqff), new EngineOptions()));
    }

    [Theory]
    [InlineData("Q8_0", "ffn=256x7,96x2,512x11;skip=20-24")]
    [InlineData("Q4_0", "ffn=256;skip=3,21-22")]
    [InlineData("Q4_K_M", "ffn=256x7,512x13;skip=20-24")]
    public void Write_QuantisedGguf_BitsOfSlicingAtLoad(string type, string slice)
    {
        string whole = Path.Combine(_parent, "whole.gguf");
        SyntheticModel.Plan("tiny", type, seed: 1).Write(whole, null, default);
        EngineOptions options = new() { Slice = slice };

        Assert.Equal(Logits(whole, options), Logits(Save(whole, options, Gguf), new EngineOptions()));
    }

    [Fact]
    public void Write_SuperBlocks_BitsOfSlicingAtLoad()
    {
        string whole = Fixture.Path("Gguf", "kq-q4_k_m.gguf");
        EngineOptions options = new() { Slice = "ffn=256" };

        Assert.Equal(Logits(whole, options), Logits(Save(whole, options, Gguf), new EngineOptions()));
    }

    [Fact]
    public void Write_UqffToUqff_BitsOfSlicingAtLoad()
    {
        string whole = Path.Combine(_parent, "whole");
        UqffConversion.Convert(Fixture.Pocket(), whole, new QuantizationOptions { Type = "q8_0" });
        EngineOptions options = new() { Slice = "ffn=256" };

        Assert.Equal(Logits(whole, options), Logits(Save(whole, options, Uqff), new EngineOptions()));
        Assert.Equal(Logits(whole, options), Logits(Save(whole, options, Gguf), new EngineOptions()));
    }

    [Fact]
    public void Write_GgufToFolders_BitsOfSlicingAtLoad()
    {
        string whole = Path.Combine(_parent, "whole.gguf");
        GgufConversion.Convert(Fixture.Pocket(), whole, new ConversionOptions { OutputType = "bf16" });
        GgufConversion.Convert(Fixture.Pocket(), Path.Combine(_parent, "mmproj-whole.gguf"), new ConversionOptions { OutputType = "bf16", Projector = true });
        EngineOptions options = new() { Slice = "ffn=256;skip=6-7" };
        byte[] expected = Logits(whole, options);

        Assert.Equal(expected, Logits(Save(whole, options, Folder), new EngineOptions()));
        Assert.Equal(expected, Logits(Save(whole, options, Uqff), new EngineOptions()));
    }

    [Fact]
    public async Task Write_SmallModel_AnswersOfTheSliceWithPicturesAndSounds()
    {
        using GemmaEngine engine = GemmaEngine.Load(Save(Fixture.Pocket(), new EngineOptions { Slice = Small }, Folder));
        List<string> wrong = [];
        foreach (System.Text.Json.JsonElement one in PocketCases.All())
        {
            using ChatSession session = engine.CreateSession();
            System.Text.Json.JsonElement[] turns = [.. one.GetProperty("turns").EnumerateArray()];
            for (int turn = 0; turn < turns.Length; turn++)
            {
                string text = (await PocketCases.AskAsync(session, turns[turn])).Text;
                if (text != one.GetProperty("answers").GetProperty(Small)[turn].GetProperty("text").GetString())
                {
                    wrong.Add(text);
                }
            }
        }

        Assert.Empty(wrong);
    }

    [Fact]
    public void Write_Config_ThatOfTheSliceAndNothingElseChanged()
    {
        string folder = Save(Fixture.Pocket(), new EngineOptions { Slice = Small }, Folder), file = Save(Fixture.Pocket(), new EngineOptions { Slice = Small }, Gguf);
        Gemma3nConfig whole = ConfigJson.Read(Fixture.Pocket("config.json"));
        SlicePlan plan = new SliceCatalog(whole.Text, MatFormerTable.Read(Fixture.Pocket("slices.csv")), "pocket").Find(Small);

        JsonObject facts = Inspection.Of(folder), gguf = Inspection.Of(file);
        JsonObject before = JsonNode.Parse(File.ReadAllText(Fixture.Pocket("config.json")))!.AsObject(), after = JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "config.json")))!.AsObject();

        Assert.Equal("[256,256,256,256,256,256,256,256]", facts["text"]!["intermediate_size"]!.ToJsonString());
        Assert.Equal(facts["text"]!["layer_types"]!.ToJsonString(), gguf["text"]!["layer_types"]!.ToJsonString());
        Assert.Equal(plan.Config.SharedLayerCount, gguf["text"]!["num_kv_shared_layers"]!.GetValue<int>());
        Assert.Equal(plan.Config.LayerKinds, ConfigJson.Read(Path.Combine(folder, "config.json")).Text.LayerKinds);
        foreach (string field in new[] { "num_hidden_layers", "intermediate_size", "layer_types", "activation_sparsity_pattern", "num_kv_shared_layers" })
        {
            before["text_config"]!.AsObject().Remove(field);
            after["text_config"]!.AsObject().Remove(field);
        }

        Assert.True(JsonNode.DeepEquals(before, after));
        Assert.Equal(File.ReadAllBytes(Fixture.Pocket("tokenizer.json")), File.ReadAllBytes(Path.Combine(folder, "tokenizer.json")));
        Assert.Empty(Verification.Run(folder, hash: false).Findings);
        Assert.Empty(Verification.Run(file, hash: false).Findings);
    }

    [Fact]
    public void WriteFolder_QuantisedModel_NamesTheTensorAndTheWayOut()
    {
        using SliceConversion conversion = SliceConversion.Open(Quantised("Q8_0"), new EngineOptions { Slice = "ffn=256" });

        WeightException error = Assert.Throws<WeightException>(() => conversion.WriteFolder(Path.Combine(_parent, "out"), null, default));

        Assert.Contains("is Q8_0, a Hugging Face folder holds floats only", error.Message, StringComparison.Ordinal);
    }

    // One small matrix a layer has rows of whole blocks.
    [Theory]
    [InlineData("Q8_0")]
    [InlineData("Q4_K_M")]
    public void WriteUqff_QuantisedGguf_BlocksAsTheyAreAndSmallMatricesOfTheSameValues(string type)
    {
        string whole = Quantised(type), output = Path.Combine(_parent, "out");
        EngineOptions options = new() { Slice = "ffn=256" };
        using (SliceConversion conversion = SliceConversion.Open(whole, options))
        {
            conversion.WriteUqff(output, null, default);

            Assert.Equal(10, conversion.ExpandedCount);
        }

        using (ModelFiles before = ModelFiles.Open(whole, projector: null), after = ModelFiles.Open(output, projector: null))
        {
            foreach (WeightEntry saved in after.Source.Entries.Where(entry => entry.Name.EndsWith("gate_proj.weight", StringComparison.Ordinal) || entry.Name.EndsWith("per_layer_input_gate.weight", StringComparison.Ordinal)))
            {
                WeightEntry original = before.Source.Find(saved.Name)!;
                bool isLayer = saved.Name.Contains("mlp", StringComparison.Ordinal);
                byte[] expected = Bytes(before.Source, original, isLayer ? TensorRecoding.TypeOf(original) : WeightType.F32), found = Bytes(after.Source, saved, TensorRecoding.TypeOf(saved));

                Assert.Equal(isLayer ? original.TypeName : "F32", saved.TypeName);
                Assert.Equal(expected[..found.Length], found);
            }
        }

        // Activations are rounded for blocks and not for floats.
        float[] logits = Floats(Logits(whole, options)), near = Floats(Logits(output, new EngineOptions()));
        Assert.InRange(double.Sqrt(logits.Zip(near, (a, b) => (double)(a - b) * (a - b)).Sum() / logits.Sum(one => (double)one * one)), 0, 0.02);
    }

    [Fact]
    public void WriteUqff_TypeThatUqffLacks_NamesTheTensorAndTheWayOut()
    {
        using SliceConversion conversion = SliceConversion.Open(Quantised("IQ4_NL"), new EngineOptions { Slice = "ffn=256" });

        WeightException error = Assert.Throws<WeightException>(() => conversion.WriteUqff(Path.Combine(_parent, "out"), null, default));

        Assert.Contains("IQ4_NL, which is not written to UQFF; save the slice as a GGUF file", error.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(_parent, "out")));
    }

    [Fact]
    public void WriteGguf_OverTheInput_Refused()
    {
        string whole = Quantised("Q8_0");
        using SliceConversion conversion = SliceConversion.Open(whole, new EngineOptions { Slice = "ffn=256" });

        Assert.Contains("is the model that is sliced", Assert.Throws<ArgumentException>(() => conversion.WriteGguf(whole, null, default)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_NoSlice_SaysWhatIsMissing() =>
        Assert.Contains("which slice to save is not said", Assert.Throws<ArgumentException>(() => SliceConversion.Open(Fixture.Pocket(), new EngineOptions())).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData(8192, 30, 10, 10, null)]
    [InlineData(8192, 35, 15, 10, null)]
    [InlineData(0, 35, 15, 10, "one feed-forward width for all layers, here are 8192 and 16384")]
    [InlineData(8192, 30, 12, 10, "its first 20 layers have keys and values of their own, a number in its code; here the first 18")]
    [InlineData(8192, 30, 10, 8, "its first 10 layers are sparse")]
    public void LlamaLimit_OfAConfig_WhatItsLoaderTakesForGranted(int width, int layers, int shared, int sparse, string? reason)
    {
        TextConfig config = Shape(layers, shared, [4, 9, 14, 19, 24, 29, 34]) with
        {
            IntermediateSizes = [.. Enumerable.Range(0, layers).Select(layer => width > 0 ? width : layer < 5 ? 8192 : 16384)],
            SparsityDeviations = [.. Enumerable.Range(0, layers).Select(layer => layer < sparse ? 1.64f : (float?)null)],
        };

        string? found = LlamaLimits.Reason(config);

        Assert.Equal(reason is null, found is null);
        Assert.Contains(reason ?? "", found ?? "", StringComparison.Ordinal);
    }

    // Which layers attend to all tokens is read from the file, as the run on skip=21 showed; whose keys and values others read is not.
    [Fact]
    public void LlamaLimit_FullLayersElsewhere_OnlyTheDonorsCount()
    {
        Assert.Null(LlamaLimits.Reason(Shape(24, 4, [4, 9, 14, 19, 23])));
        Assert.Contains("values of layer 18, which must be sliding, and 19", LlamaLimits.Reason(Shape(24, 4, [3, 8, 13, 18, 23])), StringComparison.Ordinal);
        Assert.Null(LlamaLimits.Reason(Shape(20, 0, [3, 8, 13, 18])));
    }

    private static TextConfig Shape(int layers, int shared, int[] full) => ConfigJson.Read(Fixture.Pocket("config.json")).Text with
    {
        IntermediateSizes = [.. Enumerable.Repeat(8192, layers)],
        LayerKinds = [.. Enumerable.Range(0, layers).Select(layer => full.Contains(layer) ? LayerKind.Full : LayerKind.Sliding)],
        SparsityDeviations = [.. Enumerable.Range(0, layers).Select(layer => layer < 10 ? 1.64f : (float?)null)],
        SharedLayerCount = shared,
    };

    private static byte[] Bytes(IWeightSource source, WeightEntry entry, WeightType type) => [.. TensorRecoding.Stream(source, [entry], entry.Shape, type).SelectMany(piece => piece.ToArray())];

    // All behind the header of a file of safetensors.
    private static float[] Floats(byte[] file) => MemoryMarshal.Cast<byte, float>(file.AsSpan(8 + (int)BitConverter.ToInt64(file))).ToArray();

    private string Quantised(string type)
    {
        string whole = Path.Combine(_parent, $"whole-{type}.gguf");
        if (!File.Exists(whole))
        {
            using GgufQuantization quantization = GgufQuantization.Open(Fixture.Pocket(), new QuantizationOptions { Type = type });
            quantization.Write(whole, null, default);
        }

        return whole;
    }

    private string Save(string input, EngineOptions options, Action<SliceConversion, string> write)
    {
        string output = Path.Combine(Directory.CreateDirectory(Path.Combine(_parent, Guid.NewGuid().ToString("N"))).FullName, "slice" + (write == Gguf ? ".gguf" : ""));
        using SliceConversion conversion = SliceConversion.Open(input, options);
        write(conversion, output);
        return output;
    }

    private static void Gguf(SliceConversion conversion, string output) => conversion.WriteGguf(output, null, default);

    private static void Folder(SliceConversion conversion, string output) => conversion.WriteFolder(output, null, default);

    private static void Uqff(SliceConversion conversion, string output) => conversion.WriteUqff(output, null, default);

    // Of every position and of a continuation, so of the cache too; the same cache type, whatever the weights are.
    private byte[] Logits(string model, EngineOptions options)
    {
        using GemmaEngine engine = GemmaEngine.Load(model, options with { CacheType = "f32" });
        string output = Path.Combine(_parent, "logits.safetensors");
        ReferenceDump.Logits(engine, new Prompt([.. Ids.Where(id => id < engine.Files.Config.Text.VocabSize)], []), 8, new TapRecords([]), output);
        return File.ReadAllBytes(output);
    }
}
