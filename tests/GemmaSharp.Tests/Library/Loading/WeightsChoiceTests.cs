using GemmaSharp.Loading;
using GemmaSharp.Model;
using GemmaSharp.Synthesis;
using GemmaSharp.Weights;

namespace GemmaSharp.Tests.Library.Loading;

/// <summary>
/// Weights in place: the answers of packed ones, before and while and after they give way to packed ones, only of what is stored so, and an error where the file is
/// shortened between two answers.
/// </summary>
public sealed class WeightsChoiceTests : IDisposable
{
    private const string Embedding = "model.language_model.embed_tokens.weight", Layer = "model.language_model.layers.3.mlp.down_proj.weight";
    private static readonly int[] Ids = [2, 7, 300, 12, 9, 1001];
    private readonly string _folder = Directory.CreateTempSubdirectory("in-place").FullName;
    private readonly string _model;

    public WeightsChoiceTests()
    {
        _model = Path.Combine(_folder, "tiny.gguf");
        SyntheticModel.Plan("tiny", "Q8_0", seed: 1).Write(_model, null, CancellationToken.None);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(null)]
    [InlineData("auto")]
    [InlineData("in-place")]
    public void Load_Q8_0_LogitsOfThePackedForm(string? weights)
    {
        using GemmaEngine packed = Load("packed"), inPlace = Load(weights);

        Assert.Null(packed.Weights.Lend(packed.Weights.Find(Embedding)!));
        using (IDisposable? lent = inPlace.Weights.Lend(inPlace.Weights.Find(Embedding)!))
        {
            Assert.NotNull(lent);
        }

        Assert.Equal(Logits(packed), Logits(inPlace));
    }

    [Fact]
    public void Load_Slice_LendsWhatIsNotCut()
    {
        using GemmaEngine packed = Load("packed", slice: "ffn=256x25"), inPlace = Load("in-place", slice: "ffn=256x25");

        Assert.Null(inPlace.Weights.Lend(inPlace.Weights.Find(Layer)!));
        using IDisposable? lent = inPlace.Weights.Lend(inPlace.Weights.Find(Embedding)!);
        Assert.NotNull(lent);
        Assert.Equal(Logits(packed), Logits(inPlace));
    }

    [Fact]
    public void Load_QuantisedOnTheWay_LendsNothingOfIt()
    {
        using GemmaEngine packed = Load("packed", quantization: "q4_0"), inPlace = Load("in-place", quantization: "q4_0");

        Assert.Null(inPlace.Weights.Lend(inPlace.Weights.Find(Layer)!));
        Assert.Equal(Logits(packed), Logits(inPlace));
    }

    [Fact]
    public void Forward_FileShortenedBetweenTwoAnswers_SaysSo()
    {
        if (OperatingSystem.IsWindows())
        {
            return; // it refuses to shorten a mapped file
        }

        using GemmaEngine engine = Load("in-place");
        Logits(engine);
        Shorten();

        WeightException error = Assert.Throws<WeightException>(() => Logits(engine));
        Assert.Contains("shorter than", error.Message, StringComparison.Ordinal);
        Assert.StartsWith(_model, error.Message, StringComparison.Ordinal);
        Assert.Throws<WeightException>(() => engine.Model.Forward([Item(engine)]));
    }

    [Fact]
    public void Forward_FileReplacedBetweenTwoAnswers_SameLogits()
    {
        if (OperatingSystem.IsWindows())
        {
            return; // it refuses to replace a mapped file
        }

        using GemmaEngine engine = Load("in-place");
        float[] before = Logits(engine);
        string other = Path.Combine(_folder, "other");
        File.WriteAllText(other, "short");
        File.Move(other, _model, overwrite: true);

        Assert.Equal(before, Logits(engine));
    }

    [Fact]
    public void AwaitPacking_Auto_EveryMatrixGivesWayAndLogitsStay()
    {
        using GemmaEngine packed = Load("packed"), later = Load("auto");
        float[] expected = Logits(packed), cut = Logits(packed, packed.Slices.Find("ffn=256x25"));
        Assert.Equal(0, packed.Model.AwaitPacking());
        Assert.Equal(expected, Logits(later));

        int matrices = later.Model.AwaitPacking();

        Assert.Equal(1, matrices); // the embedding; others of this model are too small for products in place
        Assert.Equal(expected, Logits(later));
        Assert.Equal(cut, Logits(later, later.Slices.Find("ffn=256x25")));
    }

    [Fact]
    public async Task Forward_WhileWeightsArePacked_SameLogitsInEveryPass()
    {
        using GemmaEngine engine = Load("auto");
        ModelSlice slice = engine.Slices.Find("ffn=256x25");
        float[] whole = Logits(engine), cut = Logits(engine, slice);
        Task<int> packing = Task.Run(() => engine.Model.AwaitPacking());
        do
        {
            // Long enough for packing to go on, not to end.
            await Task.Delay(TimeSpan.FromSeconds(0.26));
            Assert.Equal(whole, Logits(engine));
            Assert.Equal(cut, Logits(engine, slice));
        }
        while (!packing.IsCompleted);

        Assert.Equal(1, await packing);
    }

    [Theory]
    [InlineData("in-place", null)]
    [InlineData("auto", 2_000_000_000L)]
    public void AwaitPacking_InPlaceOrALimitOfMemory_NonePacked(string weights, long? limit)
    {
        using GemmaEngine engine = GemmaEngine.Load(_model, new EngineOptions { Weights = weights, MemoryLimit = limit, Threads = 2 });
        Logits(engine);

        Assert.Equal(0, engine.Model.AwaitPacking());
    }

    [Fact]
    public async Task Dispose_WhileWeightsArePacked_EndsIt()
    {
        GemmaEngine engine = Load("auto");
        Logits(engine);
        Task<int> packing = Task.Run(() => engine.Model.AwaitPacking());

        engine.Dispose();

        await packing.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Throws<ObjectDisposedException>(() => Logits(engine));
    }

    [Fact]
    public void AwaitPacking_FileShortenedMeanwhile_RestStaysAndTheNextPassSaysSo()
    {
        if (OperatingSystem.IsWindows())
        {
            return; // it refuses to shorten a mapped file
        }

        using GemmaEngine engine = Load("auto");
        Logits(engine);
        Shorten();

        engine.Model.AwaitPacking();

        Assert.Contains("shorter than", Assert.Throws<WeightException>(() => Logits(engine)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void InPlace_AnotherWord_Refused() =>
        Assert.Equal("weights: 'mapped' found, auto, packed or in-place expected", Assert.Throws<ArgumentException>(() => WeightsChoice.InPlace("mapped", _model)).Message);

    private void Shorten()
    {
        using FileStream file = new(_model, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
        file.SetLength(4096);
    }

    private static PassItem Item(GemmaEngine engine) => new(engine.Model.CreateState(Ids.Length), Ids, default);

    private static float[] Logits(GemmaEngine engine, ModelSlice? slice = null)
    {
        float[] logits = new float[(Ids.Length + 1) * engine.Model.Config.Text.VocabSize];
        int all = Ids.Length * engine.Model.Config.Text.VocabSize;
        using ModelState state = engine.Model.CreateState(Ids.Length + 1, slice: slice);
        engine.Model.Forward(new ModelInput(Ids, allLogits: true), state, logits.AsSpan(0, all));
        engine.Model.Forward(new ModelInput([5]), state, logits.AsSpan(all));
        return logits;
    }

    private GemmaEngine Load(string? weights, string? slice = null, string? quantization = null) =>
        GemmaEngine.Load(_model, new EngineOptions { Weights = weights, Slice = slice, Quantization = quantization, Threads = 2 });
}
