using GemmaSharp.Kernels.Threading;
using GemmaSharp.Model;
using GemmaSharp.Model.Config;
using GemmaSharp.Model.InPlace;
using GemmaSharp.Model.MatFormer;
using GemmaSharp.Weights;

namespace GemmaSharp.Tests.Model;

/// <summary>A slice over the weights of a loaded model has the bits of a model that was loaded as that slice.</summary>
public sealed class ModelSliceTests
{
    private const int DecodeSteps = 6;
    private const int PromptLength = 45;

    private static string Folder => Fixture.Path("TinyText");

    private static Gemma3nConfig Config => ConfigJson.Read(Path.Combine(Folder, "config.json"));

    public static TheoryData<string> Names => ["Main model", "Config for half width", "Config for mixed width (layer-level)", "Config for two shared layers skipped"];

    [Theory]
    [MemberData(nameof(Names))]
    public void Forward_SliceOfALoadedModel_BitsOfTheSliceLoaded(string name)
    {
        SlicePlan plan = Plan(name);
        using TestModel parent = TestModel.Load(Folder), loaded = Load(plan);

        Assert.Equal(Run(loaded, loaded.Model.Whole), Run(parent, parent.Model.Slice(plan)));
    }

    [Fact]
    public void Forward_OwnWidthsAndLayers_BitsOfTheSliceLoaded()
    {
        SlicePlan plan = SlicePlan.Create(Config.Text, new MatFormerSlice("own", [1, 17, 128, 33, 16, 100, 127, 15, 64], [0, 3, 11]), "own");
        using TestModel parent = TestModel.Load(Folder), loaded = Load(plan);

        Assert.Equal(Run(loaded, loaded.Model.Whole), Run(parent, parent.Model.Slice(plan)));
    }

    [Fact]
    public void Use_AnotherSlice_ForgetsAndComputesAnew()
    {
        using TestModel parent = TestModel.Load(Folder);
        ModelSlice half = parent.Model.Slice(Plan("Config for half width")), fewer = parent.Model.Slice(Plan("Config for two shared layers skipped"));
        float[] whole = Run(parent, parent.Model.Whole), halfAlone = Run(parent, half), fewerAlone = Run(parent, fewer);
        using ModelState state = parent.Model.CreateState(64);
        foreach ((ModelSlice slice, float[] alone) in new[] { (half, halfAlone), (parent.Model.Whole, whole), (fewer, fewerAlone), (half, halfAlone) })
        {
            state.Use(slice);

            Assert.Equal(0, state.Position);
            Assert.Same(slice, state.Slice);
            Assert.Equal(alone, Run(parent, state));
        }
    }

    [Theory]
    [InlineData("Config for half width")]
    [InlineData("Config for two shared layers skipped")]
    public void EndDraft_TokensByAnotherSlice_LeaveNoTrace(string name)
    {
        using TestModel parent = TestModel.Load(Folder);
        ModelSlice slice = parent.Model.Slice(Plan(name));
        using ModelState state = parent.Model.CreateState(64);
        int vocabulary = parent.Model.Config.Text.VocabSize;
        float[] logits = new float[vocabulary], drafted = new float[vocabulary], whole = new float[vocabulary], again = new float[vocabulary];
        parent.Model.Forward(new ModelInput([2, 5, 7, 9, 4]), state, []);
        parent.Model.Forward(new ModelInput([11]), state, logits);
        parent.Model.Forward(new ModelInput([12]), state, whole);
        state.TryTruncate(6);
        long bytes = state.Bytes;

        state.BeginDraft(slice);
        parent.Model.Forward(new ModelInput([12]), state, drafted);
        parent.Model.Forward(new ModelInput([13, 14]), state, again);
        state.EndDraft();
        parent.Model.Forward(new ModelInput([12]), state, again);

        Assert.NotEqual(whole, drafted);
        Assert.Equal(whole, again);
        Assert.Equal((7, bytes), (state.Position, state.Bytes));
        Assert.Same(parent.Model.Whole, state.Slice);
    }

    [Fact]
    public void BeginDraft_SliceWithMoreLayersOrTwice_Refused()
    {
        using TestModel parent = TestModel.Load(Folder);
        ModelSlice fewer = parent.Model.Slice(Plan("Config for two shared layers skipped"));
        using ModelState state = parent.Model.CreateState(64, slice: fewer);

        Assert.Contains("cannot draft", Assert.Throws<ArgumentException>(() => state.BeginDraft(parent.Model.Whole)).Message, StringComparison.Ordinal);
        Assert.Throws<InvalidOperationException>(state.EndDraft);
        state.BeginDraft(fewer);
        Assert.Throws<InvalidOperationException>(() => state.BeginDraft(fewer));
    }

    [Fact]
    public void Use_TheSameSlice_KeepsTheSequence()
    {
        using TestModel parent = TestModel.Load(Folder);
        ModelSlice half = parent.Model.Slice(Plan("Config for half width"));
        using ModelState state = parent.Model.CreateState(64, slice: half);
        parent.Model.Forward(new ModelInput([2, 5, 7]), state, []);

        state.Use(half);

        Assert.Equal(3, state.Position);
        Assert.True(state.TryTruncate(2));
    }

    [Fact]
    public void TryTruncate_SkippedLayers_DoNotCount()
    {
        using TestModel parent = TestModel.Load(Folder);
        SlicePlan plan = SlicePlan.Create(Config.Text, new MatFormerSlice("own", [.. Enumerable.Repeat(64, 11)], [1]), "own");
        using ModelState state = parent.Model.CreateState(64, slice: parent.Model.Slice(plan)), whole = parent.Model.CreateState(64);
        parent.Model.Forward(new ModelInput([2, 5, 7, 9]), state, []);
        parent.Model.Forward(new ModelInput([2, 5, 7, 9]), whole, []);

        Assert.True(state.TryTruncate(2));
        Assert.True(state.Bytes < whole.Bytes);
    }

    [Fact]
    public void Tap_Slice_LayersBearTheParentsNumbers()
    {
        using TestModel parent = TestModel.Load(Folder);
        using ModelState state = parent.Model.CreateState(64, slice: parent.Model.Slice(Plan("Config for two shared layers skipped")));
        List<string> seen = [];
        parent.Model.Forward(new ModelInput([2, 5]), state, [], (name, _, _) => seen.Add(name));

        Assert.Equal(
            (int[])[0, 1, 2, 3, 4, 5, 6, 9, 10, 11],
            seen.Where(name => name.StartsWith("mlp_out.", StringComparison.Ordinal)).Select(name => int.Parse(name["mlp_out.".Length..], null)));
    }

    [Theory]
    [InlineData("q8_0")]
    [InlineData("iq4_nl")]
    public void Forward_SliceOfAQuantisedModel_BitsOfTheSliceLoaded(string type)
    {
        SlicePlan plan = Plan("Config for mixed width (layer-level)");
        using ThreadTeam team = new(1);
        using TestModel parent = TestModel.Load(Quantised(WeightFiles.Open(Folder), type, team), Config);
        using TestModel loaded = TestModel.Load(Quantised(new SlicedWeights(WeightFiles.Open(Folder), plan), type, team), Config with { Text = plan.Config });

        Assert.Equal(Run(loaded, loaded.Model.Whole), Run(parent, parent.Model.Slice(plan)));
    }

    [Fact]
    public void Slice_WidthInsideABlock_SaysWhere()
    {
        SlicePlan plan = SlicePlan.Create(Config.Text, new MatFormerSlice("own", [.. Enumerable.Repeat(128, 11), 100], []), "own.csv");
        using ThreadTeam team = new(1);
        using TestModel parent = TestModel.Load(Quantised(WeightFiles.Open(Folder), "q8_0", team), Config);

        InvalidDataException error = Assert.Throws<InvalidDataException>(() => parent.Model.Slice(plan));

        Assert.Equal("own.csv: 'own': width 100 at place 11, layer 11 of the model: 100 columns are no whole number of blocks of 32", error.Message);
    }

    private static QuantizedWeights Quantised(IWeightSource source, string type, ThreadTeam team) => new(source, InPlaceType.Parse(type, null)!, team);

    private static TestModel Load(SlicePlan plan) => TestModel.Load(new SlicedWeights(WeightFiles.Open(Folder), plan), Config with { Text = plan.Config });

    private static SlicePlan Plan(string name) => SlicePlan.Create(Config.Text, MatFormerTable.Read(Fixture.Path("MatFormer", "slices.csv")).Find(name), "slices.csv");

    private static float[] Run(TestModel model, ModelSlice slice)
    {
        using ModelState state = model.Model.CreateState(64, slice: slice);
        return Run(model, state);
    }

    // Logits of every token of a prompt longer than the window, then of tokens one by one, then of a short pass that ends with its last token's.
    private static float[] Run(TestModel model, ModelState state)
    {
        int vocab = Config.Text.VocabSize;
        int[] prompt = [.. Enumerable.Range(0, PromptLength).Select(at => at == 0 ? 2 : 5 + ((at * 37) % 290))];
        float[] logits = new float[(PromptLength + DecodeSteps + 1) * vocab];
        model.Model.Forward(new ModelInput(prompt, allLogits: true), state, logits.AsSpan(0, PromptLength * vocab));
        for (int step = PromptLength; step < PromptLength + DecodeSteps; step++)
        {
            model.Model.Forward(new ModelInput([TestModel.IndexOfMax(logits.AsSpan((step - 1) * vocab, vocab))]), state, logits.AsSpan(step * vocab, vocab));
        }

        model.Model.Forward(new ModelInput(prompt.AsSpan(0, 4)), state, logits.AsSpan(logits.Length - vocab));
        return logits;
    }
}
