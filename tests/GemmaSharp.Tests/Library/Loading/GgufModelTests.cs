using System.Text.Json;
using GemmaSharp.Model;
using GemmaSharp.Model.Config;
using GemmaSharp.Weights;

namespace GemmaSharp.Tests.Library.Loading;

/// <summary>Whole GGUF models against what transformers computes from the same weights.</summary>
public sealed class GgufModelTests : IDisposable
{
    // The reference's own noise in float32 is below 1e-5.
    private const double FloatTolerance = 1e-4;

    // Of llama.cpp's own distance from its exact run: what rounding activations may cost.
    private const double QuantisedShare = 1.1;

    // F16 keeps these BF16 weights but for the tiniest; rows are of size 1.
    private const double SoftTokenTolerance = 1e-6;

    private readonly string _folder = Directory.CreateTempSubdirectory().FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Logits_Bf16_ThoseOfTheCheckpointItWasMadeOf() =>
        Assert.InRange(Distance("conv-bf16.gguf", "logits.safetensors", "conv.hf"), 0, FloatTolerance);

    [Theory]
    [InlineData("conv-q8_0")]
    [InlineData("deep-q4_0")]
    [InlineData("kq-q4_k_m")]
    public void Logits_Quantised_AsNearToTheExactWeightsAsItsTypeAllows(string name)
    {
        JsonElement file = JsonDocument.Parse(File.ReadAllText(Fixture.Path("Gguf", "logits.json"))).RootElement.GetProperty("files").GetProperty(name);
        double reference = file.GetProperty("llama_vs_exact").GetProperty("rmse").GetDouble();

        Assert.InRange(Distance($"{name}.gguf", "logits-hf.safetensors", $"{name}.exact_hf"), 0, QuantisedShare * reference);
    }

    [Fact]
    public void Load_Model_NoTensorLeftOver()
    {
        using GemmaEngine engine = Load("conv-bf16.gguf", "conv-mmproj-f16.gguf");

        Assert.Empty(engine.Model.UnusedTensors);
        Assert.True(engine.Model.HasVision);
        Assert.True(engine.Model.HasAudio);
    }

    [Theory]
    [InlineData("image")]
    [InlineData("audio")]
    public void Encode_Projector_NearlyTheRowsOfTheCheckpoint(string kind)
    {
        ContentPart part = kind == "image" ? ContentPart.Image(Fixture.Pocket("samples", "scene-0.png")) : ContentPart.Audio(Fixture.Pocket("samples", "speech-0.wav"));
        using GemmaEngine gguf = Load("conv-bf16.gguf", "conv-mmproj-f16.gguf"), folder = GemmaEngine.Load(Fixture.Path("Gguf", "conv-hf"));

        float[] found = gguf.Media.Encode(part)[0].Rows, expected = folder.Media.Encode(part)[0].Rows;

        Assert.InRange(RootMeanSquare(found, expected), 0, SoftTokenTolerance);
    }

    [Fact]
    public void Load_ModelAlone_TakesTextOnlyAndSaysSo()
    {
        using GemmaEngine engine = Load("conv-bf16.gguf", projector: null);

        InvalidDataException error = Assert.Throws<InvalidDataException>(() => engine.Media.Encode(ContentPart.Image(Fixture.Pocket("samples", "scene-0.png"))));

        Assert.Contains("projector", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_FolderWithOneModel_FindsItAndTheProjectorBesideIt()
    {
        File.Copy(Fixture.Path("Gguf", "conv-bf16.gguf"), Path.Combine(_folder, "model.gguf"));
        File.Copy(Fixture.Path("Gguf", "conv-mmproj-f16.gguf"), Path.Combine(_folder, "mmproj-model-f16.gguf"));

        using (GemmaEngine engine = GemmaEngine.Load(_folder))
        {
            Assert.True(engine.Model.HasVision && engine.Model.HasAudio);
        }

        // Repositories of GGUF files often keep the config of what they were made of.
        File.Copy(Fixture.Path("Gguf", "conv-hf", "config.json"), Path.Combine(_folder, "config.json"));
        using GemmaEngine beside = GemmaEngine.Load(_folder);
        Assert.True(beside.Model.HasVision && beside.Model.HasAudio);
    }

    [Fact]
    public void Load_AnotherModelsProjectorBesideIt_NotTaken()
    {
        File.Copy(Fixture.Path("Gguf", "conv-mmproj-f16.gguf"), Path.Combine(_folder, "mmproj-f16.gguf"));

        using GemmaEngine engine = Load("kq-q4_k_m.gguf", projector: null);

        Assert.False(engine.Model.HasVision || engine.Model.HasAudio);
    }

    [Fact]
    public void Load_FilesInEachOthersPlace_SaysWhich()
    {
        string model = Fixture.Path("Gguf", "conv-bf16.gguf"), projector = Fixture.Path("Gguf", "conv-mmproj-f16.gguf");

        Assert.Contains("is a projector", Assert.Throws<WeightException>(() => GemmaEngine.Load(projector)).Message, StringComparison.Ordinal);
        Assert.Contains("clip expected", Assert.Throws<WeightException>(() => GemmaEngine.Load(model, new EngineOptions { Projector = model })).Message, StringComparison.Ordinal);
        Assert.Throws<InvalidDataException>(() => GemmaEngine.Load(Fixture.Path("Gguf", "conv-hf"), new EngineOptions { Projector = projector }));
        Assert.Throws<WeightException>(() => GemmaEngine.Load(Fixture.Path("Gguf", "kq-q4_k_m.gguf"), new EngineOptions { Projector = projector }));
    }

    [Fact]
    public async Task SendAsync_Model_AnswersByItsOwnTemplate()
    {
        using GemmaEngine engine = Load("conv-bf16.gguf", projector: null);
        using ChatSession chat = engine.CreateSession();
        int tokens = 0;

        await foreach (GenerationUpdate update in chat.SendAsync(ChatMessage.User("the weather"), new GenerationOptions { MaxTokens = 4, Temperature = 0 }))
        {
            tokens++;
        }

        Assert.InRange(tokens, 1, 8);
        Assert.Equal(IdsOfFolder(Fixture.Path("Gguf", "conv-hf")), engine.Prompts.Encode([ChatMessage.User("the weather")]));
    }

    internal static Gemma3nConfig ConvConfig() => ConfigJson.Read(Fixture.Path("Gguf", "conv-hf", "config.json"));

    private static int[] IdsOfFolder(string folder)
    {
        using GemmaEngine engine = GemmaEngine.Load(folder);
        return engine.Prompts.Encode([ChatMessage.User("the weather")]);
    }

    // Alone in a folder, so that no other projector is beside it.
    private GemmaEngine Load(string model, string? projector)
    {
        string path = Path.Combine(_folder, model);
        File.Copy(Fixture.Path("Gguf", model), path, overwrite: true);
        return GemmaEngine.Load(path, new EngineOptions { Projector = projector is null ? null : Fixture.Path("Gguf", projector) });
    }

    // Root mean square over the rows that the reference keeps: all of prompts 0 and 2, the last four of prompt 1.
    private double Distance(string model, string reference, string name)
    {
        using GemmaEngine engine = Load(model, projector: null);
        using Tensors expected = Tensors.Open(Fixture.Path("Gguf", reference));
        int[][] prompts = [.. JsonDocument.Parse(File.ReadAllText(Fixture.Path("Gguf", "logits.json"))).RootElement.GetProperty("prompts").EnumerateArray()
            .Select(prompt => prompt.EnumerateArray().Select(id => id.GetInt32()).ToArray())];
        List<float> found = [], wanted = [];
        for (int prompt = 0; prompt < prompts.Length; prompt++)
        {
            float[] rows = expected.Floats($"{name}.{prompt}"), logits = new float[prompts[prompt].Length * engine.Files.Config.Text.VocabSize];
            using ModelState state = engine.Model.CreateState(prompts[prompt].Length);
            engine.Model.Forward(new ModelInput(prompts[prompt], allLogits: true), state, logits);
            found.AddRange(logits[^rows.Length..]);
            wanted.AddRange(rows);
        }

        return RootMeanSquare([.. found], [.. wanted]);
    }

    private static double RootMeanSquare(float[] found, float[] expected)
    {
        Assert.Equal(expected.Length, found.Length);
        return Math.Sqrt(found.Zip(expected, (a, b) => ((double)a - b) * ((double)a - b)).Average());
    }
}
