using GemmaSharp.Diagnostics;
using GemmaSharp.Model;

namespace GemmaSharp.Tests.Library.Diagnostics;

/// <summary>Scores of texts against the same sums made of plain logits.</summary>
public sealed class PerplexityTests : IDisposable
{
    private const int Length = 64;

    // Both sides sum in double precision.
    private const double Rounding = 1e-9;

    private readonly string _path = Path.GetTempFileName();

    public PerplexityTests() => File.WriteAllText(_path, string.Concat(Enumerable.Range(0, 60).Select(line => $"Good morning! There is one small yellow cross, and {line} more.\n")));

    public void Dispose() => File.Delete(_path);

    [Fact]
    public void Measure_Pocket_SameAsFromPlainLogits()
    {
        using GemmaEngine engine = GemmaEngine.Load(Fixture.Pocket());
        IReadOnlyList<int[]> windows = TextWindows.Read(engine, _path, Length, special: false);

        Perplexity score = Perplexity.Measure(engine, null, windows);

        double[] surprises = [.. windows.SelectMany(window => Scored(Logits(engine, window), window, (row, target) => -double.Log(row[target])))];
        double mean = surprises.Average(), variance = surprises.Average(one => one * one) - (mean * mean);
        Assert.Equal((windows.Count, windows.Count * 31L), (score.Windows, score.Tokens));
        Assert.Equal(double.Exp(mean), score.Value, Rounding * score.Value);
        Assert.Equal(double.Exp(mean) * double.Sqrt(variance / (surprises.Length - 1)), score.Error, Rounding * score.Value);
    }

    [Fact]
    public void Measure_AgainstItself_NoDivergence()
    {
        using GemmaEngine engine = GemmaEngine.Load(Fixture.Pocket());

        Perplexity score = Perplexity.Measure(engine, engine, TextWindows.Read(engine, _path, Length, special: false));

        Assert.Equal((0, 1, score.Value), (score.Divergence, score.SameTop, score.BaseValue));
    }

    [Fact]
    public void Measure_QuantisedAgainstBase_DivergenceOfPlainDistributions()
    {
        using GemmaEngine basis = GemmaEngine.Load(Fixture.Pocket()), quantised = GemmaEngine.Load(Fixture.Pocket(), new EngineOptions { Quantization = "q4_0" });
        IReadOnlyList<int[]> windows = [.. TextWindows.Read(basis, _path, Length, special: false).Take(3)];

        Perplexity score = Perplexity.Measure(quantised, basis, windows);

        double divergence = windows.SelectMany(window => Logits(basis, window).Zip(Logits(quantised, window)).Skip(Length / 2).Take((Length / 2) - 1)
            .Select(pair => pair.First.Zip(pair.Second).Sum(one => one.First * double.Log(one.First / one.Second)))).Average();
        double same = windows.SelectMany(window => Logits(basis, window).Zip(Logits(quantised, window)).Skip(Length / 2).Take((Length / 2) - 1)
            .Select(pair => Array.IndexOf(pair.First, pair.First.Max()) == Array.IndexOf(pair.Second, pair.Second.Max()) ? 1.0 : 0)).Average();
        Assert.Equal(divergence, score.Divergence, Rounding);
        Assert.Equal(same, score.SameTop, Rounding);
        Assert.InRange(score.Divergence, 1e-6, 1);
        Assert.NotEqual(score.Value, score.BaseValue);
    }

    [Fact]
    public void Measure_OtherVocabulary_Refused()
    {
        using GemmaEngine engine = GemmaEngine.Load(Fixture.Pocket()), other = GemmaEngine.Load(Fixture.Path("Gguf", "conv-hf"));

        Assert.Throws<ArgumentException>(() => Perplexity.Measure(engine, other, [[2, 5, 6, 7]]));
    }

    [Fact]
    public void ReadWindows_LongText_WholeWindowsThatBeginWithTheBeginToken()
    {
        using GemmaEngine engine = GemmaEngine.Load(Fixture.Pocket());
        int[] ids = [engine.Files.Config.BosTokenId, .. engine.Files.Tokenizer.Encode(File.ReadAllText(_path), special: false)];

        IReadOnlyList<int[]> windows = TextWindows.Read(engine, _path, Length, special: false);

        Assert.Equal(ids.Length / Length, windows.Count);
        Assert.All(windows, window => Assert.Equal((engine.Files.Config.BosTokenId, Length), (window[0], window.Length)));
        Assert.Equal(ids[(Length + 1)..(2 * Length)], windows[1][1..]);
    }

    [Fact]
    public void ReadWindows_ShortTextOrWrongLength_SaysBothNumbers()
    {
        using GemmaEngine engine = GemmaEngine.Load(Fixture.Pocket());
        File.WriteAllText(_path, "Good morning!");

        Assert.Contains("512 expected", Assert.Throws<InvalidDataException>(() => TextWindows.Read(engine, _path, 512, special: false)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => TextWindows.Read(engine, _path, 3, special: false));
        Assert.Throws<ArgumentException>(() => TextWindows.Read(engine, _path, 4097, special: false));
    }

    private static IEnumerable<double> Scored(double[][] rows, int[] window, Func<double[], int, double> score) =>
        Enumerable.Range(Length / 2, (Length / 2) - 1).Select(place => score(rows[place], window[place + 1]));

    // Probabilities, [tokens][vocabulary].
    private static double[][] Logits(GemmaEngine engine, int[] window)
    {
        int vocabulary = engine.Model.Config.Text.VocabSize;
        float[] logits = new float[window.Length * vocabulary];
        using ModelState state = engine.CreateState(window.Length);
        engine.Model.Forward(new ModelInput(window, allLogits: true), state, logits);
        return
        [
            .. logits.Chunk(vocabulary).Select(row =>
            {
                double largest = row.Max(), sum = row.Sum(logit => double.Exp(logit - largest));
                return Array.ConvertAll(row, logit => double.Exp(logit - largest) / sum);
            }),
        ];
    }
}
