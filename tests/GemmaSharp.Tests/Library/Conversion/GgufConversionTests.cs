using System.Security.Cryptography;
using System.Text.Json;
using GemmaSharp.Conversion;
using GemmaSharp.Weights;
using GemmaSharp.Weights.Gguf;

namespace GemmaSharp.Tests.Library.Conversion;

/// <summary>Converted files against those that the real converter made of the same folder.</summary>
public sealed class GgufConversionTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory().FullName;

    private static string Source => Fixture.Path("Gguf", "conv-hf");

    private string Output => Path.Combine(_folder, "out.gguf");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("bf16", "conv-bf16.gguf")]
    [InlineData("auto", "conv-bf16.gguf")]
    [InlineData("q8_0", "conv-q8_0.gguf")]
    public void Convert_Model_BytesOfTheConverter(string type, string expected)
    {
        GgufConversion.Convert(Source, Output, new ConversionOptions { OutputType = type });

        Assert.Equal(File.ReadAllBytes(Fixture.Path("Gguf", expected)), File.ReadAllBytes(Output));
    }

    [Fact]
    public void Convert_ModelAsF32_HashOfTheConverter()
    {
        GgufConversion.Convert(Source, Output, new ConversionOptions { OutputType = "f32" });

        JsonElement files = JsonDocument.Parse(File.ReadAllText(Fixture.Path("Gguf", "logits.json"))).RootElement.GetProperty("files");
        Assert.Equal(files.GetProperty("conv-f32").GetProperty("sha256").GetString(), Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(Output))));
    }

    [Fact]
    public void Convert_Projector_ThatOfTheConverterButForTheScalesShapes()
    {
        GgufConversion.Convert(Source, Output, new ConversionOptions { OutputType = "f16", Projector = true });

        using GgufFile made = GgufFile.Open(Output), expected = GgufFile.Open(Fixture.Path("Gguf", "conv-mmproj-f16.gguf"));
        Assert.Equal(Keys(expected), Keys(made));
        Assert.Equal(expected.Entries.Select(entry => (entry.Name, entry.TypeName)), made.Entries.Select(entry => (entry.Name, entry.TypeName)));
        Assert.All(expected.Entries, entry =>
        {
            bool isScale = entry.Name.EndsWith(".layer_scale.gamma", StringComparison.Ordinal);
            Assert.Equal(isScale ? [1, entry.Shape[0], 1, 1] : entry.Shape, made.Find(entry.Name)!.Shape);
            Assert.Equal(Bytes(expected, entry), Bytes(made, made.Find(entry.Name)!));
        });
    }

    [Fact]
    public void Convert_OntoItsOwnInput_RefusedAndUntouched()
    {
        foreach (string file in Directory.GetFiles(Source))
        {
            File.Copy(file, Path.Combine(_folder, Path.GetFileName(file)));
        }

        string target = Path.Combine(_folder, "model.safetensors"), link = Path.Combine(_folder, "link.gguf");
        File.CreateSymbolicLink(link, target);
        byte[] before = File.ReadAllBytes(target);

        Assert.Throws<ArgumentException>(() => GgufConversion.Convert(_folder, target, new ConversionOptions()));
        Assert.Throws<ArgumentException>(() => GgufConversion.Convert(_folder, link, new ConversionOptions()));

        Assert.Equal(before, File.ReadAllBytes(target));
    }

    [Fact]
    public void Convert_Interrupted_NothingLeft()
    {
        using CancellationTokenSource cancel = new();

        Assert.Throws<OperationCanceledException>(() =>
            GgufConversion.Convert(Source, Output, new ConversionOptions(), new Interrupt(cancel), cancel.Token));

        Assert.Empty(Directory.GetFileSystemEntries(_folder));
    }

    [Fact]
    public void Convert_UnknownType_SaysWhichThereAre() => Assert.Contains(
        "f32, f16, bf16, q8_0, auto",
        Assert.Throws<ArgumentException>(() => GgufConversion.Convert(Source, Output, new ConversionOptions { OutputType = "q9" })).Message,
        StringComparison.Ordinal);

    [Theory]
    [InlineData("conv-hf", 300800, "Conv Hf", null, null, null, null)]
    [InlineData("gemma-3n-E4B-it", 6868990448, "Gemma 3n E4B It", "gemma", "3n-E4B-it", null, null)]
    [InlineData("Llama-2-7b-chat-hf", 6738415616, "Llama 2 7b Chat Hf", "Llama-2", "chat-hf", null, "7B")]
    [InlineData("Phi-3-mini-4k-instruct", 3821079552, "Phi 3 Mini 4k Instruct", "Phi-3", "4k-instruct", null, "mini")]
    [InlineData("bloom-7b1-v2", 7069016064, "Bloom 7b1 v2", "bloom", null, "v2", "7.1B")]
    [InlineData("pocket", 5000000, "Pocket", null, null, null, null)]
    [InlineData("My own model", 5, "My Own Model", null, null, null, null)]
    [InlineData("model-v1.1", 5000000, "Model v1.1", "model", null, "v1.1", null)]
    public void Parse_FolderName_Parts(string folder, long weights, string title, string? basename, string? finetune, string? version, string? size) =>
        Assert.Equal(new ModelName(title, basename, finetune, version, size), ModelName.Parse(folder, weights));

    private static IEnumerable<(string Key, string Value)> Keys(GgufFile file) => file.Header.Keys.Select(key => (key, file.Header.Find(key)!.ToString()));

    private static byte[] Bytes(GgufFile file, WeightEntry entry)
    {
        byte[] bytes = new byte[entry.ByteCount];
        file.Read(entry, 0, bytes);
        return bytes;
    }

    private sealed class Interrupt(CancellationTokenSource cancel) : IProgress<FileProgress>
    {
        public void Report(FileProgress value) => cancel.Cancel();
    }
}
