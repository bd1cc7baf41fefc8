using System.Text.Json;
using GemmaSharp.Conversion;
using GemmaSharp.Kernels.Ops;
using GemmaSharp.Kernels.Tensors;
using GemmaSharp.Model.Export;
using GemmaSharp.Weights;
using GemmaSharp.Weights.Gguf;
using GemmaSharp.Weights.Importance;

namespace GemmaSharp.Tests.Library.Conversion;

/// <summary>Quantised files: their bytes, and that nothing but whole files appears.</summary>
public sealed class GgufQuantizationTests : IDisposable
{
    // Measured: none; an answer whose best two tokens are near each other may turn where sums are ordered otherwise.
    private const int MostWrong = 1;

    private readonly string _folder = Directory.CreateTempSubdirectory().FullName;

    private static string Source => Fixture.Path("Gguf", "conv-bf16.gguf");

    private string Output => Path.Combine(_folder, "out.gguf");

    public static TheoryData<string> Types => [.. GgufQuantization.TypeNames];

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("kq-q4_k_m.gguf", "Q4_K_M")]
    public void Write_FileOfThatMixAlready_TheBytesOfLlamaQuantize(string name, string type)
    {
        Quantize(Fixture.Path("Gguf", name), new QuantizationOptions { Type = type });

        Assert.Equal(File.ReadAllBytes(Fixture.Path("Gguf", name)), File.ReadAllBytes(Output));
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void Write_EveryMix_RowsAreThoseOfTheQuantiser(string type) => CheckRows(Source, type);

    [Theory]
    [InlineData("Q2_K")]
    [InlineData("IQ4_XS")]
    public void Write_RowsOfWholeLargeBlocks_ThoseOfTheQuantiser(string type) => CheckRows(Fixture.Path("Gguf", "kq-q4_k_m.gguf"), type);

    [Fact]
    public void Write_HubFolder_ThatOfItsConversion()
    {
        Quantize(Fixture.Path("Gguf", "conv-hf"), new QuantizationOptions { Type = "Q5_K_M" });
        byte[] folder = File.ReadAllBytes(Output);

        Quantize(Source, new QuantizationOptions { Type = "Q5_K_M", Threads = 1 });

        Assert.Equal(folder, File.ReadAllBytes(Output));
    }

    [Theory]
    [InlineData("Q8_0")]
    [InlineData("Q4_K_M")]
    public async Task Write_PocketModel_AnswersKept(string type)
    {
        Quantize(Fixture.Pocket(), new QuantizationOptions { Type = type });
        GgufConversion.Convert(Fixture.Pocket(), Path.Combine(_folder, "mmproj.gguf"), new ConversionOptions { Projector = true });
        using GemmaEngine engine = GemmaEngine.Load(Output);
        List<string> wrong = [];
        foreach (JsonElement one in PocketCases.All().Where(one => one.GetProperty("turns").GetArrayLength() == 1))
        {
            using ChatSession session = engine.CreateSession();
            string text = (await PocketCases.AskAsync(session, one.GetProperty("turns")[0])).Text;
            wrong.AddRange(text == one.GetProperty("answers").GetProperty("Main model")[0].GetProperty("text").GetString() ? [] : [text]);
        }

        Assert.InRange(wrong.Count, 0, MostWrong);
    }

    [Fact]
    public void Write_WithImportance_BlocksFollowItAndKeysTell()
    {
        using GgufFile before = GgufFile.Open(Source);
        WeightEntry matrix = before.Find("blk.0.ffn_up.weight")!;
        float[] sums = [.. Enumerable.Range(0, (int)matrix.Shape[^1]).Select(column => 1f + (column % 7))];
        string importance = Path.Combine(_folder, "imatrix.gguf");
        new ImportanceMatrix(new Dictionary<string, ImportanceEntry> { [matrix.Name] = new(sums, 2) }) { Datasets = ["calibration.txt"], ChunkCount = 3, ChunkSize = 512 }.Write(importance);

        using GgufQuantization quantization = GgufQuantization.Open(Source, new QuantizationOptions { Type = "Q4_0", Importance = importance });
        quantization.Write(Output, null, CancellationToken.None);

        using GgufFile after = GgufFile.Open(Output);
        byte[] found = Bytes(after, after.Find(matrix.Name)!);
        Assert.Equal(Expected(before, after.Find(matrix.Name)!, Array.ConvertAll(sums, sum => sum / 2)), found);
        Assert.NotEqual(Expected(before, after.Find(matrix.Name)!, []), found);
        Assert.Contains("blk.0.ffn_gate.weight", quantization.WithoutImportance);
        Assert.Equal(
            ["general.quantization_version", "general.file_type", "quantize.imatrix.file", "quantize.imatrix.dataset", "quantize.imatrix.entries_count", "quantize.imatrix.chunks_count"],
            after.Header.Keys.TakeLast(6));
        Assert.Equal(("calibration.txt", 1, 3), (after.Header.Text("quantize.imatrix.dataset"), after.Header.Whole("quantize.imatrix.entries_count", 0, 9), after.Header.Whole("quantize.imatrix.chunks_count", 0, 9)));
    }

    [Fact]
    public void Write_Interrupted_LeavesNothing()
    {
        using CancellationTokenSource stop = new();
        using GgufQuantization quantization = GgufQuantization.Open(Source, new QuantizationOptions { Type = "Q8_0" });
        int reports = 0;
        Progress progress = new(_ =>
        {
            if (++reports == 3)
            {
                stop.Cancel();
            }
        });

        Assert.Throws<OperationCanceledException>(() => quantization.Write(Output, progress, stop.Token));

        Assert.Equal(3, reports);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder));
    }

    [Fact]
    public void Write_OntoTheInput_Refused()
    {
        File.Copy(Source, Output);
        using GgufQuantization quantization = GgufQuantization.Open(Output, new QuantizationOptions { Type = "Q8_0" });

        Assert.Throws<ArgumentException>(() => quantization.Write(Path.Combine(_folder, ".", "out.gguf"), null, CancellationToken.None));

        Assert.Equal(File.ReadAllBytes(Source), File.ReadAllBytes(Output));
    }

    [Fact]
    public void Open_QuantisedAlready_RefusedUnlessAllowed()
    {
        string quantised = Fixture.Path("Gguf", "conv-q8_0.gguf");

        WeightException error = Assert.Throws<WeightException>(() => GgufQuantization.Open(quantised, new QuantizationOptions { Type = "Q4_0" }));
        Quantize(quantised, new QuantizationOptions { Type = "Q4_0", AllowRequantize = true });

        Assert.Contains("--allow-requantize", error.Message, StringComparison.Ordinal);
        using GgufFile after = GgufFile.Open(Output);
        Assert.Equal("Q4_0", after.Find("blk.0.attn_q.weight")!.TypeName);
    }

    [Fact]
    public void Open_ProjectorOrForeignImportance_Refused()
    {
        string importance = Path.Combine(_folder, "imatrix.gguf");
        new ImportanceMatrix(new Dictionary<string, ImportanceEntry> { ["other.weight"] = new([1], 1) }).Write(importance);

        Assert.Contains("clip", Assert.Throws<WeightException>(() => GgufQuantization.Open(Fixture.Path("Gguf", "conv-mmproj-f16.gguf"), new QuantizationOptions { Type = "Q8_0" })).Message, StringComparison.Ordinal);
        Assert.Contains("imatrix.gguf", Assert.Throws<WeightException>(() => GgufQuantization.Open(Source, new QuantizationOptions { Type = "Q4_0", Importance = importance })).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("model.gguf", "model-Q4_K_M.gguf")]
    [InlineData("model-bf16.gguf", "model-Q4_K_M.gguf")]
    [InlineData("model.F16.gguf", "model-Q4_K_M.gguf")]
    public void DefaultOutput_OfAFile_BesideItWithTheType(string name, string expected)
    {
        File.Copy(Source, Path.Combine(_folder, name));

        using GgufQuantization quantization = GgufQuantization.Open(Path.Combine(_folder, name), new QuantizationOptions { Type = "q4_k_m" });

        Assert.Equal(Path.Combine(_folder, expected), quantization.DefaultOutput());
    }

    [Fact]
    public void Describe_DryRun_SizesThatAreWritten()
    {
        Quantize(Source, new QuantizationOptions { Type = "Q6_K" });
        using GgufQuantization quantization = GgufQuantization.Open(Source, new QuantizationOptions { Type = "Q6_K" });
        using GgufFile after = GgufFile.Open(Output);

        Assert.Equal(after.Entries.Sum(entry => entry.ByteCount), quantization.Describe()["total"]!["becomes"]!.GetValue<long>());
    }

    private void CheckRows(string source, string type)
    {
        Quantize(source, new QuantizationOptions { Type = type, AllowRequantize = true });

        using GgufFile before = GgufFile.Open(source), after = GgufFile.Open(Output);
        Assert.Equal(before.Entries.Select(entry => entry.Name).Order(StringComparer.Ordinal), after.Entries.Select(entry => entry.Name).Order(StringComparer.Ordinal));
        Assert.All(after.Entries, entry => Assert.Equal(Expected(before, entry, []), Bytes(after, entry)));
        Assert.Equal(QuantizationRecipe.Parse(type).FileType, after.Header.Whole("general.file_type", 0, 100));
    }

    private void Quantize(string source, QuantizationOptions options)
    {
        using GgufQuantization quantization = GgufQuantization.Open(source, options);
        quantization.Write(Output, null, CancellationToken.None);
    }

    private static byte[] Expected(GgufFile source, WeightEntry made, float[] importance)
    {
        WeightEntry entry = source.Find(made.Name)!;
        byte[] stored = Bytes(source, entry);
        if (entry.TypeName == made.TypeName)
        {
            return stored;
        }

        float[] values = new float[entry.Shape.Aggregate(1L, (count, size) => count * size)];
        byte[] bytes = new byte[made.ByteCount];
        FloatConvert.ToFloat(Enum.Parse<WeightType>(entry.TypeName), stored, values);
        GemmaSharp.Kernels.Quantizers.Quantize.Rows(Enum.Parse<WeightType>(made.TypeName), values, (int)entry.Shape[^1], importance, bytes);
        return bytes;
    }

    private static byte[] Bytes(GgufFile file, WeightEntry entry)
    {
        byte[] bytes = new byte[entry.ByteCount];
        file.Read(entry, 0, bytes);
        return bytes;
    }

    private sealed class Progress(Action<FileProgress> report) : IProgress<FileProgress>
    {
        public void Report(FileProgress value) => report(value);
    }
}
