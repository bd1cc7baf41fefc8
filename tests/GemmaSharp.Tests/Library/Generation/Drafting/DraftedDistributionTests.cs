using GemmaSharp.Generation;
using GemmaSharp.Model;
using GemmaSharp.Prompting;
using GemmaSharp.Sampling;

namespace GemmaSharp.Tests.Library.Generation.Drafting;

/// <summary>What is drawn with drafts follows the model's own probabilities.</summary>
public sealed class DraftedDistributionTests
{
    private const int Answers = 1500;
    private const int Length = 5;

    // Three tokens share nearly all of the probability, so that what came before comes again and is drafted.
    private static readonly GenerationOptions Options = new()
    {
        Temperature = 1.5, TopK = 3, TopP = 1, MinP = 0, RepetitionPenalty = 1, IgnoreEos = true, MaxTokens = Length,
        LogitBias = new Dictionary<int, float> { [11] = 90, [12] = 90, [13] = 90 },
        Draft = new DraftOptions { Method = "ngram", Tokens = 3 },
    };

    [Fact]
    public void Generate_ManySeeds_FrequenciesFitTheModelByChiSquare()
    {
        using GemmaEngine engine = GemmaEngine.Load(Fixture.Path("TinyMm"), new EngineOptions { Threads = 1, ContextLength = 64 });
        int[] ids = [.. engine.Prompts.Encode([ChatMessage.User("Hello")]), 11, 12, 13, 12, 11, 11, 13, 13, 12, 12];
        using Sequence sequence = new(engine);
        Dictionary<string, Dictionary<int, int>> counts = [];
        int drafted = 0, accepted = 0;
        for (ulong seed = 1; seed <= Answers; seed++)
        {
            string before = "";
            foreach (GenerationUpdate update in sequence.Generate(new Prompt(ids, []), Options with { Seed = seed }, CancellationToken.None))
            {
                drafted += update.Usage?.DraftedTokens ?? 0;
                accepted += update.Usage?.AcceptedTokens ?? 0;
                if (update.TokenId is int id)
                {
                    Dictionary<int, int> here = counts.TryGetValue(before, out Dictionary<int, int>? known) ? known : counts[before] = [];
                    here[id] = here.GetValueOrDefault(id) + 1;
                    before = $"{before} {id}";
                }
            }
        }

        (double sum, int freedom) = ChiSquare(engine, ids, counts);

        Assert.InRange(accepted, drafted / 10, drafted * 9 / 10);
        Assert.InRange(freedom, 40, 200);

        // About normal for so many degrees of freedom: mean k, variance 2k; four deviations.
        Assert.InRange((sum - freedom) / double.Sqrt(2 * freedom), -4, 4);
    }

    private static (double Sum, int Freedom) ChiSquare(GemmaEngine engine, int[] prompt, Dictionary<string, Dictionary<int, int>> counts)
    {
        const int enough = 40;
        int vocabulary = engine.Files.Config.Text.VocabSize;
        float[] logits = new float[vocabulary];
        double sum = 0;
        int freedom = 0;
        foreach ((string before, Dictionary<int, int> found) in counts.Where(one => one.Value.Values.Sum() >= enough))
        {
            using ModelState state = engine.CreateState(engine.ContextLength);
            int[] all = [.. prompt, .. before.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(int.Parse)];
            engine.Model.Forward(new ModelInput(all), state, logits);
            Sampler sampler = new(SamplingSettings.From(Options, engine.Files.Generation, vocabulary), 0);
            IReadOnlyList<(int Id, double Value)> expected = sampler.Distribution(logits);
            double total = found.Values.Sum();
            Assert.Subset(expected.Select(one => one.Id).ToHashSet(), found.Keys.ToHashSet());
            sum += expected.Sum(one => double.Pow(found.GetValueOrDefault(one.Id) - (total * one.Value), 2) / (total * one.Value));
            freedom += expected.Count - 1;
        }

        return (sum, freedom);
    }
}
