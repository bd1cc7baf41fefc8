using System.Globalization;
using System.Text.Json;
using GemmaSharp.Sampling;

namespace GemmaSharp.Tests.Library.Sampling;

/// <summary>Penalties and truncation against transformers' processors.</summary>
public sealed class SamplerTests
{
    // README of the fixtures: 1e-5 relative and 1e-7 absolute.
    private const double Relative = 1e-5;
    private const double Absolute = 1e-7;

    [Fact]
    public void Distribution_EveryReferenceCase_SameTokensAndProbabilities()
    {
        JsonElement all = JsonDocument.Parse(File.ReadAllText(Fixture.Path("Sampling", "cases.json"))).RootElement;
        int compared = 0;
        foreach (JsonElement one in all.GetProperty("cases").EnumerateArray())
        {
            JsonElement parameters = one.GetProperty("params");
            if (Value(parameters, "temperature", 1) == 0)
            {
                continue;
            }

            float[] logits = [.. all.GetProperty("vectors").GetProperty(one.GetProperty("vector").GetString()!).EnumerateArray()
                .Select(value => value.ValueKind == JsonValueKind.Null ? float.NegativeInfinity : value.GetSingle())];
            Prepare(parameters, logits);
            Sampler sampler = Create(parameters, Ints(all.GetProperty("prompt_ids")), Ints(all.GetProperty("generated_ids")));
            (int Id, double Value)[] found = [.. sampler.Distribution(logits).Where(token => token.Value > 0).OrderBy(token => token.Id)];
            Compare(one, found);
            compared++;
        }

        const int leastCases = 80;
        Assert.True(compared > leastCases, $"only {compared} cases");
    }

    [Fact]
    public void Next_TemperatureZero_TakesTheLowestOfEquals()
    {
        Sampler sampler = new(new SamplingSettings(0, 0, 1, 0, 1, 0, 0), seed: 1);

        Assert.Equal(1, sampler.Next([0f, 5f, 5f, 1f]));
    }

    // The draw looks at a few candidates; with the whole vocabulary as top-k it looks at all.
    [Theory]
    [InlineData(1, 1, 0)]
    [InlineData(8, 1, 0)]
    [InlineData(0.3, 0.95, 0)]
    [InlineData(4, 0.999, 0)]
    [InlineData(2, 1, 0.02)]
    [InlineData(8, 0.9, 0.3)]
    public void Next_WithoutTopK_SameDrawsAsOverAllTokens(double temperature, double topP, double minP)
    {
        const int vocabulary = 30_000, draws = 40;
        Random random = new(3);
        float[] logits = [.. Enumerable.Range(0, vocabulary).Select(_ => MathF.Round((random.NextSingle() * 24) - 12, 2))];
        Sampler few = new(new SamplingSettings(temperature, 0, topP, minP, 1, 0, 0), seed: 9);
        Sampler all = new(new SamplingSettings(temperature, vocabulary, topP, minP, 1, 0, 0), seed: 9);

        int[] expected = [.. Enumerable.Range(0, draws).Select(_ => all.Next(logits))];

        Assert.Equal(expected, Enumerable.Range(0, draws).Select(_ => few.Next(logits)));
        Assert.True(expected.Distinct().Count() > 1);
    }

    private static Sampler Create(JsonElement parameters, int[] prompt, int[] generated)
    {
        Sampler sampler = new(
            new SamplingSettings(
                Value(parameters, "temperature", 1), (int)Value(parameters, "top_k", 0), Value(parameters, "top_p", 1), Value(parameters, "min_p", 0),
                Value(parameters, "repetition_penalty", 1), Value(parameters, "presence_penalty", 0), Value(parameters, "frequency_penalty", 0))
            {
                LogitBias = Bias(parameters),
            },
            seed: 1);
        sampler.SeePrompt([.. prompt, .. generated]);
        foreach (int id in generated)
        {
            sampler.Count(id);
        }

        return sampler;
    }

    // The model applies the soft-cap before the sampler sees its logits.
    private static void Prepare(JsonElement parameters, float[] logits)
    {
        if (parameters.TryGetProperty("softcap", out JsonElement cap) && cap.ValueKind == JsonValueKind.Number)
        {
            GemmaSharp.Kernels.Ops.Activation.Softcap(logits, cap.GetSingle());
        }
    }

    private static Dictionary<int, float> Bias(JsonElement parameters) =>
        parameters.TryGetProperty("logit_bias", out JsonElement bias) && bias.ValueKind == JsonValueKind.Object
            ? bias.EnumerateObject().ToDictionary(pair => int.Parse(pair.Name, CultureInfo.InvariantCulture), pair => pair.Value.GetSingle())
            : [];

    private static void Compare(JsonElement one, (int Id, double Value)[] found)
    {
        double[] probabilities = [.. one.GetProperty("probs").EnumerateArray().Select(value => value.GetDouble())];
        string name = one.GetRawText()[..int.Min(160, one.GetRawText().Length)];
        Assert.True(probabilities.Length == found.Length, $"{found.Length} kept, {probabilities.Length} expected: {name}");
        bool cut = one.TryGetProperty("tie_cut", out JsonElement ties) && ties.ValueKind == JsonValueKind.Number && ties.GetInt32() > 0;
        if (!cut)
        {
            Assert.Equal(Ints(one.GetProperty("kept")).Order(), found.Select(token => token.Id));
        }

        foreach ((double expected, double value) in probabilities.Order().Zip(found.Select(token => token.Value).Order()))
        {
            Assert.True(Math.Abs(expected - value) <= (Relative * expected) + Absolute, $"{value}, {expected} expected: {name}");
        }
    }

    private static double Value(JsonElement parameters, string name, double missing) =>
        parameters.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.Number ? value.GetDouble() : missing;

    private static int[] Ints(JsonElement array) => [.. array.EnumerateArray().Select(value => value.GetInt32())];
}
