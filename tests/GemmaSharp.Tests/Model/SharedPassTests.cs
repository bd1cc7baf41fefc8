using GemmaSharp.Kernels.KeyValues;
using GemmaSharp.Kernels.Tensors;
using GemmaSharp.Kernels.Threading;
using GemmaSharp.Model;
using GemmaSharp.Model.Config;
using GemmaSharp.Model.InPlace;
using GemmaSharp.Weights;

namespace GemmaSharp.Tests.Model;

/// <summary>Several sequences in one pass: bits, what fails alone, what is refused.</summary>
public sealed class SharedPassTests
{
    private const int Context = 1024;

    // Chunks of each sequence, pass after pass: prompts begin late, end early, pass the window, are decoded beside others; 0 sits out.
    private static readonly int[][] Chunks =
    [
        [300, 1, 1, 1, 1, 1],
        [1, 129, 0, 200, 1, 1],
        [0, 0, 3, 1, 1, 37],
        [17, 8, 600, 2, 64, 1],
    ];

    public static TheoryData<CacheType> Types => [.. Enum.GetValues<CacheType>()];

    [Theory]
    [MemberData(nameof(Types))]
    public void Forward_PromptsBesideDecodes_EachHasTheBitsOfAlone(CacheType type)
    {
        using TestModel model = TestModel.Load(Fixture.Pocket(), threads: 3, type);

        AssertSameAsAlone(model.Model, type, Chunks);
    }

    [Theory]
    [InlineData(WeightType.Q4_0)]
    [InlineData(WeightType.Q8_0)]
    [InlineData(WeightType.Q4_K)]
    public void Forward_QuantisedWeights_EachHasTheBitsOfAlone(WeightType type)
    {
        using ThreadTeam team = new(2);
        using QuantizedWeights weights = new(WeightFiles.Open(Fixture.Pocket()), new InPlaceType(type, WeightType.Q8_0), team);
        using TestModel model = TestModel.Load(weights, ConfigJson.Read(Path.Combine(Fixture.Pocket(), "config.json")));

        AssertSameAsAlone(model.Model, CacheType.F16, Chunks);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(8)]
    [InlineData(9)]
    [InlineData(16)]
    public void Forward_ManyDecodes_EachHasTheBitsOfAlone(int count)
    {
        using ThreadTeam team = new(2);
        using QuantizedWeights weights = new(WeightFiles.Open(Fixture.Pocket()), new InPlaceType(WeightType.Q4_0, WeightType.Q8_0), team);
        using TestModel model = TestModel.Load(weights, ConfigJson.Read(Path.Combine(Fixture.Pocket(), "config.json")));

        AssertSameAsAlone(model.Model, CacheType.F32, [.. Enumerable.Range(0, count).Select(at => (int[])[1 + (9 * at), 1, 1])]);
    }

    [Fact]
    public void Forward_AllLogitsOfOneNoneOfAnother_EachHasTheBitsOfAlone()
    {
        using TestModel test = TestModel.Load(Fixture.Pocket());
        Gemma3nModel model = test.Model;
        int vocab = model.Config.Text.VocabSize;
        using ModelState all = model.CreateState(Context), none = model.CreateState(Context), last = model.CreateState(Context);
        float[] allLogits = new float[5 * vocab], lastLogits = new float[vocab], after = new float[vocab];

        model.Forward([
            new PassItem(none, Ids(1, 0, 20), default),
            new PassItem(all, Ids(2, 0, 5), allLogits) { AllLogits = true },
            new PassItem(last, Ids(3, 0, 7), lastLogits),
        ]);
        model.Forward([new PassItem(none, Ids(1, 20, 1), after)]);

        Assert.Equal(test.Logits(Ids(2, 0, 5)), allLogits);
        Assert.Equal(test.Logits(Ids(3, 0, 7))[(6 * vocab)..], lastLogits);
        Assert.Equal(test.Logits(Ids(1, 0, 21))[(20 * vocab)..], after);
    }

    [Fact]
    public void Forward_OneSequenceGone_NoneAdvancesAndTheOtherGoesOn()
    {
        using TestModel test = TestModel.Load(Fixture.Pocket());
        Gemma3nModel model = test.Model;
        float[] logits = new float[model.Config.Text.VocabSize];
        ModelState gone = model.CreateState(Context);
        using ModelState good = model.CreateState(Context);
        model.Forward([new PassItem(good, Ids(1, 0, 9), default)]);
        gone.Dispose();

        Assert.Throws<ObjectDisposedException>(() => model.Forward([new PassItem(good, Ids(1, 9, 1), logits), new PassItem(gone, Ids(2, 0, 1), new float[logits.Length])]));
        Assert.Equal(9, good.Position);
        model.Forward([new PassItem(good, Ids(1, 9, 1), logits)]);

        Assert.Equal(test.Logits(Ids(1, 0, 10))[^logits.Length..], logits);
    }

    [Fact]
    public void Forward_OneSequenceTwice_Refused()
    {
        using TestModel test = TestModel.Load(Fixture.Pocket());
        using ModelState state = test.Model.CreateState(Context);

        ArgumentException error = Assert.Throws<ArgumentException>(() => test.Model.Forward([new PassItem(state, Ids(1, 0, 1), default), new PassItem(state, Ids(1, 1, 1), default)]));

        Assert.Contains("twice", error.Message, StringComparison.Ordinal);
    }

    private static void AssertSameAsAlone(Gemma3nModel model, CacheType type, int[][] chunks)
    {
        int vocab = model.Config.Text.VocabSize;
        ModelState[] states = [.. chunks.Select(_ => model.CreateState(Context, type))], alone = [.. chunks.Select(_ => model.CreateState(Context, type))];
        for (int pass = 0; pass < chunks[0].Length; pass++)
        {
            int[] inside = [.. Enumerable.Range(0, chunks.Length).Where(at => chunks[at][pass] > 0)];
            PassItem[] items = [.. inside.Select(at => new PassItem(states[at], Ids(at, states[at].Position, chunks[at][pass]), new float[vocab]))];
            model.Forward(items);
            for (int index = 0; index < inside.Length; index++)
            {
                float[] expected = new float[vocab];
                model.Forward(new ModelInput(items[index].Ids.Span), alone[inside[index]], expected);
                Assert.True(expected.AsSpan().SequenceEqual(items[index].Logits.Span), $"{inside[index]} in pass {pass}");
            }
        }

        Array.ForEach([.. states, .. alone], state => state.Dispose());
    }

    private static int[] Ids(int sequence, int position, int count) => [.. Enumerable.Range(position, count).Select(at => 16 + (((at * 7) + (sequence * 31)) % 256))];
}
