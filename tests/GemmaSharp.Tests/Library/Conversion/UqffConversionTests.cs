using System.Text.Json;
using GemmaSharp.Conversion;
using GemmaSharp.Diagnostics;
using GemmaSharp.Kernels.Ops;
using GemmaSharp.Kernels.Quantizers;
using GemmaSharp.Kernels.Tensors;
using GemmaSharp.Weights;
using GemmaSharp.Weights.Importance;

namespace GemmaSharp.Tests.Library.Conversion;

/// <summary>The pocket model made into UQFF folders: answers, bytes, files beside the weights, and what is left of a run that breaks.</summary>
public sealed class UqffConversionTests : IDisposable
{
    private readonly string _parent = Directory.CreateTempSubdirectory("uqff-conversion").FullName;

    private string Output => Path.Combine(_parent, "out");

    public void Dispose() => Directory.Delete(_parent, recursive: true);

    [Fact]
    public async Task Convert_Unquantised_EveryAnswerAndTensorTheSame()
    {
        UqffConversion.Convert(Fixture.Pocket(), Output, new QuantizationOptions { Type = "bf16" });

        using (IWeightSource source = WeightFiles.Open(Fixture.Pocket()), made = WeightFiles.Open(Output))
        {
            Assert.All(source.Entries, entry => Assert.Equal(Bytes(source, entry), Bytes(made, made.Find(entry.Name)!)));
        }

        Assert.Equal((0, Turns), await WrongAsync());
    }

    // Neither loses an answer today; one that is nearly even may tip when 4 bits round otherwise.
    [Theory]
    [InlineData("Q8_0", 0)]
    [InlineData("q4k", 1)]
    public async Task Convert_Quantised_NearlyEveryAnswerTheSame(string type, int most)
    {
        UqffConversion.Convert(Fixture.Pocket(), Output, new QuantizationOptions { Type = type });

        (int wrong, int turns) = await WrongAsync();

        Assert.Equal(Turns, turns);
        Assert.InRange(wrong, 0, most);
        Assert.Empty(Verification.Run(Output, hash: false).Findings);
    }

    [Theory]
    [InlineData("q4_0", WeightType.Q4_0, WeightType.Q5_1)]
    [InlineData("q5_1", WeightType.Q5_1, WeightType.Q8_0)]
    [InlineData("q6k", WeightType.Q5_1, WeightType.Q8_0)]
    [InlineData("f16", WeightType.F16, WeightType.F16)]
    public void Convert_Layers_BytesOfTheQuantiser(string name, WeightType layer, WeightType table)
    {
        UqffConversion.Convert(Fixture.Pocket(), Output, new QuantizationOptions { Type = name });

        using IWeightSource source = WeightFiles.Open(Fixture.Pocket()), made = WeightFiles.Open(Output);
        foreach ((string tensor, WeightType type) in (ReadOnlySpan<(string, WeightType)>)
            [("layers.2.self_attn.q_proj", layer), ("altup_projections.1", layer), ("per_layer_model_projection", layer), ("embed_tokens", table), ("embed_tokens_per_layer", table)])
        {
            Assert.Equal(type.ToString(), made.Find($"model.language_model.{tensor}.weight")!.TypeName);
            Assert.Equal(Quantized(source, tensor, type, []), Stored(made, tensor));
        }
    }

    [Fact]
    public void Convert_WithImportance_BytesOfTheQuantiserWithIt()
    {
        float[] sums = [.. Enumerable.Range(0, 128).Select(column => 1f + (column % 7))];
        string calibration = Path.Combine(_parent, "imatrix.gguf");
        new ImportanceMatrix(new Dictionary<string, ImportanceEntry> { ["blk.2.attn_q.weight"] = new(sums, 1) }).Write(calibration);

        UqffConversion.Convert(Fixture.Pocket(), Output, new QuantizationOptions { Type = "q4_1", Importance = calibration });

        using IWeightSource source = WeightFiles.Open(Fixture.Pocket()), made = WeightFiles.Open(Output);
        Assert.Equal(Quantized(source, "layers.2.self_attn.q_proj", WeightType.Q4_1, sums), Stored(made, "layers.2.self_attn.q_proj"));
        Assert.NotEqual(Quantized(source, "layers.2.self_attn.q_proj", WeightType.Q4_1, []), Stored(made, "layers.2.self_attn.q_proj"));
        Assert.Equal(Quantized(source, "layers.3.self_attn.q_proj", WeightType.Q4_1, []), Stored(made, "layers.3.self_attn.q_proj"));
    }

    [Fact]
    public void Convert_Pocket_NamesAndReportOfEveryLayer()
    {
        UqffConversion.Convert(Fixture.Pocket(), Output, new QuantizationOptions { Type = "q4k" });

        JsonElement report = Json("uqff_report.json"), output = report.GetProperty("outputs")[0];
        const int layers = (7 * 10) + 9 + (11 * 3) + 3;
        using Tensors shard = Tensors.Open(Path.Combine(Output, "q4k-0.uqff"));
        string[] keys = [.. shard.Entries.Where(entry => entry.Name.EndsWith(".weight.format", StringComparison.Ordinal)).Select(entry => entry.Name[..^".weight.format".Length])];
        Assert.Equal((4 * layers) + 3, shard.Entries.Count);
        Assert.Equal(layers, output.GetProperty("layers").GetInt32());
        Assert.Equal(keys, output.GetProperty("layer_details").EnumerateArray().Select(one => one.GetProperty("module").GetString()));
        Assert.Equal("1.2.0", report.GetProperty("uqff_version").GetString());
        Assert.Equal(JsonValueKind.Null, report.GetProperty("base_model").ValueKind);
        Assert.Equal("""{"q4_1":101,"q4k":12,"q5_1":2}""", JsonSerializer.Serialize(output.GetProperty("actual_counts")));
        Assert.Equal(0, output.GetProperty("fallback_count").GetInt32());
        Assert.Equal("q4k-0.uqff", output.GetProperty("shards")[0].GetString());
        Assert.Contains("--from-uqff q4k-0.uqff", File.ReadAllText(Path.Combine(Output, "README.md")), StringComparison.Ordinal);
    }

    [Fact]
    public void Convert_FilesBeside_CopiedMergedAndStripped()
    {
        string input = CopyOfPocket();
        string config = File.ReadAllText(Path.Combine(input, "config.json"));
        File.WriteAllText(Path.Combine(input, "config.json"), config.Replace(
            "\"model_type\": \"gemma3n_audio\"", "\"quantization_config\": {\"a\": 1}, \"model_type\": \"gemma3n_audio\"", StringComparison.Ordinal).Insert(1, "\"quantization_config\": {},"));

        UqffConversion.Convert(input, Output, new QuantizationOptions { Type = "q8_0" });

        Assert.Equal(
            [
                "README.md", "chat_template.jinja", "config.json", "generation_config.json", "preprocessor_config.json", "processor_config.json", "q8_0-0.uqff",
                "residual.safetensors", "tokenizer.json", "tokenizer_config.json", "uqff_report.json",
            ],
            Directory.GetFileSystemEntries(Output).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Equal(JsonElementText(config), JsonElementText(File.ReadAllText(Path.Combine(Output, "config.json"))));
        Assert.Equal(File.ReadAllText(Path.Combine(input, "chat_template.jinja")), Json("tokenizer_config.json").GetProperty("chat_template").GetString());
        Assert.All(["tokenizer.json", "generation_config.json", "processor_config.json", "preprocessor_config.json", "chat_template.jinja"], name =>
            Assert.Equal(File.ReadAllBytes(Path.Combine(input, name)), File.ReadAllBytes(Path.Combine(Output, name))));
    }

    [Fact]
    public void Convert_Interrupted_NothingLeft()
    {
        for (long at = 1; at < 4_000_000; at *= 100)
        {
            using CancellationTokenSource cancel = new();
            Assert.Throws<OperationCanceledException>(() =>
                UqffConversion.Convert(Fixture.Pocket(), Output, new QuantizationOptions { Type = "q8_0" }, new Interrupt(cancel, at), cancel.Token));
            Assert.Empty(Directory.GetFileSystemEntries(_parent));
        }
    }

    [Fact]
    public void Convert_OntoTheInputOrAFullFolder_RefusedAndUntouched()
    {
        string input = CopyOfPocket();
        DateTime written = File.GetLastWriteTimeUtc(Path.Combine(input, "model.safetensors"));
        string[] before = Directory.GetFileSystemEntries(_parent, "*", SearchOption.AllDirectories);

        Assert.Throws<ArgumentException>(() => UqffConversion.Convert(input, input, new QuantizationOptions { Type = "q8_0" }));
        Assert.Throws<ArgumentException>(() => UqffConversion.Convert(input, _parent, new QuantizationOptions { Type = "q8_0" }));

        Assert.Equal(before, Directory.GetFileSystemEntries(_parent, "*", SearchOption.AllDirectories));
        Assert.Equal(written, File.GetLastWriteTimeUtc(Path.Combine(input, "model.safetensors")));
    }

    [Fact]
    public async Task Convert_GgufAndProjector_SameIdsAndAnswersAsTheFolder()
    {
        string folder = Path.Combine(_parent, "gguf"), model = Path.Combine(folder, "pocket.gguf");
        Directory.CreateDirectory(folder);
        GgufConversion.Convert(Fixture.Pocket(), model, new ConversionOptions { OutputType = "bf16" });
        GgufConversion.Convert(Fixture.Pocket(), Path.Combine(folder, "mmproj-pocket.gguf"), new ConversionOptions { OutputType = "bf16", Projector = true });

        UqffConversion.Convert(model, Output, new QuantizationOptions { Type = "bf16" });

        using GemmaEngine engine = GemmaEngine.Load(Output), source = GemmaEngine.Load(model);
        Assert.Equal(source.Files.Config.EosTokenIds, engine.Files.Config.EosTokenIds);
        Assert.Equal(source.Files.Config.Text.SparsityDeviations, engine.Files.Config.Text.SparsityDeviations);
        foreach (JsonElement one in PocketCases.All().Where(one => one.GetProperty("turns").GetArrayLength() == 1))
        {
            using ChatSession session = engine.CreateSession();
            (string text, int[] ids, _) = await PocketCases.AskAsync(session, one.GetProperty("turns")[0]);
            JsonElement expected = one.GetProperty("answers").GetProperty("Main model")[0];
            Assert.Equal(expected.GetProperty("text").GetString(), text);
            Assert.Equal(expected.GetProperty("ids").EnumerateArray().Select(id => id.GetInt32()), ids);
        }
    }

    [Fact]
    public void Convert_WhatIsNoFolderOfTheHub_SaysWhatIsExpected()
    {
        UqffConversion.Convert(Fixture.Pocket(), Output, new QuantizationOptions { Type = "q8_0" });
        string other = Path.Combine(_parent, "other"), bare = CopyOfPocket();
        File.Delete(Path.Combine(bare, "tokenizer.json"));

        Assert.Contains("already", Assert.Throws<WeightException>(() => UqffConversion.Convert(Fixture.Path("Gguf", "conv-q8_0.gguf"), other, new QuantizationOptions { Type = "q4k" })).Message, StringComparison.Ordinal);
        Assert.Contains("holds no tokenizer.json", Refused(bare), StringComparison.Ordinal);
        Assert.Contains("no config.json in it", Refused(Fixture.Path("Uqff")), StringComparison.Ordinal);
        Assert.Contains("is Q8_0 already", Assert.Throws<WeightException>(() => UqffConversion.Convert(Output, other, new QuantizationOptions { Type = "q4k" })).Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(other));

        string Refused(string input) => Assert.Throws<InvalidDataException>(() => UqffConversion.Convert(input, other, new QuantizationOptions { Type = "q8_0" })).Message;
    }

    private static int Turns => PocketCases.All().Sum(one => one.GetProperty("turns").GetArrayLength());

    private static byte[] Bytes(IWeightSource source, WeightEntry entry)
    {
        byte[] bytes = new byte[entry.ByteCount];
        source.Read(entry, 0, bytes);
        return bytes;
    }

    private static byte[] Stored(IWeightSource source, string tensor) => Bytes(source, source.Find($"model.language_model.{tensor}.weight")!);

    private static byte[] Quantized(IWeightSource source, string tensor, WeightType type, float[] importance)
    {
        byte[] stored = Stored(source, tensor);
        int columns = (int)source.Find($"model.language_model.{tensor}.weight")!.Shape[1];
        float[] values = new float[stored.Length / sizeof(ushort)];
        FloatConvert.ToFloat(WeightType.BF16, stored, values);
        byte[] made = new byte[values.Length / columns * WeightTypes.RowBytes(type, columns)];
        Quantize.Rows(type, values, columns, importance, made);
        return made;
    }

    private static string JsonElementText(string json) => JsonSerializer.Serialize(JsonDocument.Parse(json).RootElement);

    private JsonElement Json(string name) => JsonDocument.Parse(File.ReadAllText(Path.Combine(Output, name))).RootElement;

    private string CopyOfPocket()
    {
        string folder = Path.Combine(_parent, "pocket");
        Directory.CreateDirectory(folder);
        foreach (string file in Directory.GetFiles(Fixture.Pocket()))
        {
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
        }

        return folder;
    }

    private async Task<(int Wrong, int Turns)> WrongAsync()
    {
        using GemmaEngine engine = GemmaEngine.Load(Output);
        Assert.Empty(engine.UnusedTensors);
        int wrong = 0, count = 0;
        foreach (JsonElement one in PocketCases.All())
        {
            using ChatSession session = engine.CreateSession();
            JsonElement[] turns = [.. one.GetProperty("turns").EnumerateArray()];
            for (int turn = 0; turn < turns.Length; turn++, count++)
            {
                (string text, _, _) = await PocketCases.AskAsync(session, turns[turn]);
                wrong += text == one.GetProperty("answers").GetProperty("Main model")[turn].GetProperty("text").GetString() ? 0 : 1;
            }
        }

        return (wrong, count);
    }

    private sealed class Interrupt(CancellationTokenSource cancel, long at) : IProgress<FileProgress>
    {
        public void Report(FileProgress value)
        {
            if (value.Done >= at)
            {
                cancel.Cancel();
            }
        }
    }
}
