using System.Buffers.Binary;
using System.Text.Json;
using GemmaSharp.Kernels.Tensors;
using GemmaSharp.Model.Export;
using GemmaSharp.Synthesis;
using GemmaSharp.Tests.Model.Export;
using GemmaSharp.Weights;
using GemmaSharp.Weights.Gguf;

namespace GemmaSharp.Tests.Library.Synthesis;

/// <summary>Made-up models: real names, shapes and types, and weights that run.</summary>
public sealed class SyntheticModelTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory().FullName;

    private string Output => Path.Combine(_folder, "out.gguf");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("e2b", "Q4_0")]
    [InlineData("e2b", "Q4_K_M")]
    [InlineData("e4b", "Q4_K_M")]
    [InlineData("e4b", "Q8_0")]
    public void Plan_RealShapes_SizesAndCountsOfLlamaQuantize(string preset, string type)
    {
        IReadOnlyList<ExportTensor> tensors = SyntheticModel.Plan(preset, type, seed: 1).Tensors;

        JsonElement recipe = JsonDocument.Parse(File.ReadAllText(Fixture.Path("Gguf", "quant-recipes.json"))).RootElement.GetProperty("models").GetProperty(preset).GetProperty(type);
        JsonElement manifest = ManifestShapes.Manifest($"gguf-manifest-{preset}.json");
        Assert.Equal(recipe.GetProperty("data_bytes").GetInt64(), tensors.Sum(tensor => tensor.ByteCount));
        Assert.Equal(
            manifest.GetProperty("tensors").EnumerateArray().Select(tensor => $"{tensor.GetProperty("name")} {string.Join(",", tensor.GetProperty("ne").EnumerateArray())}").Order(),
            tensors.Select(tensor => $"{tensor.Name} {string.Join(",", tensor.Shape.Reverse())}").Order());
    }

    [Theory]
    [InlineData("f16")]
    [InlineData("q8_0")]
    public void Plan_Projector_NamesTypesAndSizesOfTheConverter(string type)
    {
        JsonElement manifest = ManifestShapes.Manifest("gguf-manifest-mmproj.json");

        IReadOnlyList<ExportTensor> tensors = SyntheticModel.Plan("mmproj", type, seed: 1).Tensors;

        Assert.Equal(
            GgufProjectorExport.Tensors(new ManifestShapes(manifest), Enum.Parse<WeightType>(type, ignoreCase: true)).Select(Describe).Order(),
            tensors.Select(Describe).Order());
    }

    [Theory]
    [InlineData("Q4_0")]
    [InlineData("Q4_K_M")]
    [InlineData("BF16")]
    public async Task Write_Tiny_Answers(string type)
    {
        SyntheticModel.Plan("tiny", type, seed: 1).Write(Output, null, CancellationToken.None);

        using GemmaEngine engine = GemmaEngine.Load(Output);
        using ChatSession session = engine.CreateSession();
        int tokens = 0;
        await foreach (GenerationUpdate update in session.SendAsync(ChatMessage.User("hello"), new GenerationOptions { MaxTokens = 4, Temperature = 0 }))
        {
            tokens = update.Usage?.CompletionTokens ?? tokens;
        }

        Assert.InRange(tokens, 1, 4);
        Assert.Empty(engine.UnusedTensors);
    }

    [Fact]
    public void Write_SeedEqual_BytesEqual()
    {
        byte[] first = Bytes(seed: 7), again = Bytes(seed: 7), other = Bytes(seed: 8);

        Assert.Equal(first, again);
        Assert.NotEqual(first, other);
    }

    [Theory]
    [InlineData("Q4_0", "blk.0.ffn_up.weight", 18, 0)]
    [InlineData("Q4_K_M", "blk.0.ffn_up.weight", 144, 2)]
    [InlineData("Q4_K_M", "token_embd.weight", 210, 208)]
    [InlineData("Q8_0", "per_layer_token_embd.weight", 34, 0)]
    public void Write_Quantised_ScalesAreNormalNumbers(string type, string name, int blockBytes, int scaleOffset)
    {
        SyntheticModel.Plan("tiny", type, seed: 1).Write(Output, null, CancellationToken.None);

        using GgufFile file = GgufFile.Open(Output);
        WeightEntry entry = file.Find(name)!;
        byte[] bytes = new byte[entry.ByteCount];
        file.Read(entry, 0, bytes);
        int wrong = Enumerable.Range(0, bytes.Length / blockBytes)
            .Count(block => !Half.IsNormal(BinaryPrimitives.ReadHalfLittleEndian(bytes.AsSpan((block * blockBytes) + scaleOffset))));
        Assert.Equal(0, wrong);
    }

    [Fact]
    public void Write_Interrupted_LeavesNothing()
    {
        using CancellationTokenSource stop = new();
        stop.Cancel();

        Assert.Throws<OperationCanceledException>(() => SyntheticModel.Plan("tiny", "Q8_0", seed: 1).Write(Output, null, stop.Token));

        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder));
    }

    [Theory]
    [InlineData("e3b", "Q4_0", "--preset: 'e3b' found, one of e2b, e4b, tiny, mmproj expected")]
    [InlineData("e2b", "Q9", "the type is 'Q9', one of F32")]
    [InlineData("mmproj", "Q4_0", "--type: 'Q4_0' found, one of f32, f16, bf16, q8_0 expected of a projector")]
    public void Plan_Unknown_SaysWhatThereIs(string preset, string type, string expected) =>
        Assert.Contains(expected, Assert.Throws<ArgumentException>(() => SyntheticModel.Plan(preset, type, seed: 1)).Message, StringComparison.Ordinal);

    private byte[] Bytes(int seed)
    {
        SyntheticModel.Plan("tiny", "Q4_0", seed).Write(Output, null, CancellationToken.None);
        return File.ReadAllBytes(Output);
    }

    private static string Describe(ExportTensor tensor) => $"{tensor.Name} {tensor.Type} {string.Join(",", tensor.Shape)}";
}
