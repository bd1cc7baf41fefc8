using System.Globalization;
using System.Text.Json;
using GemmaSharp.Server.Http;
using GemmaSharp.Server.Json;

namespace GemmaSharp.Server.Requests;

/// <summary>The fields of a draw, which several forms of request share.</summary>
internal static class SamplingFields
{
    private const int MostStops = 16;
    private const int LongestStop = 1024;
    private const int MostBiases = 1024;
    private const int MostShown = 20;

    /// <summary>Reads temperature, truncation, penalties, bias, seed and stops.</summary>
    public static GenerationOptions Read(Fields fields, int vocabulary) => new()
    {
        Temperature = fields.Number("temperature", 0, 100),
        TopP = fields.Number("top_p", 0, 1),
        TopK = (int?)fields.Whole("top_k", 0, int.MaxValue),
        MinP = fields.Number("min_p", 0, 1),
        FrequencyPenalty = fields.Number("frequency_penalty", -2, 2) ?? 0,
        PresencePenalty = fields.Number("presence_penalty", -2, 2) ?? 0,
        RepetitionPenalty = fields.Number("repetition_penalty", 1e-3, 1e3),
        LogitBias = Biases(fields, vocabulary),
        Seed = fields.Whole("seed", long.MinValue, long.MaxValue) is long seed ? unchecked((ulong)seed) : null,
        Stop = Stops(fields, "stop"),
    };

    /// <summary>Texts that end an answer: one, or a list.</summary>
    public static IReadOnlyList<string> Stops(Fields fields, string name)
    {
        IEnumerable<(JsonElement Value, string Path)> found = fields.Find(name) switch
        {
            null => [],
            { ValueKind: JsonValueKind.String } one => [(one, fields.PathOf(name))],
            _ => fields.List(name, MostStops),
        };
        return [.. found.Select(one => Fields.TextOf(one.Value, one.Path) is { Length: > 0 and <= LongestStop } text
            ? text
            : throw ApiException.Bad($"{one.Path} has no character or more than {LongestStop}", one.Path, "invalid_value"))];
    }

    /// <summary>How many of the most likely tokens a chat asks for; null where it wants no probabilities.</summary>
    public static int? Shown(Fields fields)
    {
        long? top = fields.Whole("top_logprobs", 0, MostShown);
        bool wanted = fields.Flag("logprobs");
        return wanted ? (int)(top ?? 0)
            : top is null or 0 ? null
            : throw ApiException.Bad("top_logprobs needs logprobs to be true", "top_logprobs", "invalid_value");
    }

    /// <summary>The most tokens of an answer, by its newer and older name, and not more than the server allows.</summary>
    public static int? MostTokens(Fields fields, ServerLimits limits, params ReadOnlySpan<string> names)
    {
        int? most = null;
        foreach (string name in names)
        {
            if ((int?)fields.Whole(name, 1, int.MaxValue) is not int here)
            {
                continue;
            }

            if (here > limits.Tokens)
            {
                throw ApiException.Bad($"{name} is {here}, at most {limits.Tokens} are given here", name, "invalid_value");
            }

            most = most is null || most == here ? here : throw ApiException.Bad($"{name} is {here}, {names[0]} is {most}: the same or one of them expected", name, "invalid_value");
        }

        return most ?? limits.Tokens;
    }

    private static Dictionary<int, float> Biases(Fields fields, int vocabulary)
    {
        Dictionary<int, float> biases = [];
        if (fields.Find("logit_bias") is not JsonElement map)
        {
            return biases;
        }

        string path = fields.PathOf("logit_bias");
        if (map.ValueKind != JsonValueKind.Object)
        {
            throw Fields.Wrong(path, map, "an object from token ids to numbers");
        }

        foreach (JsonProperty one in map.EnumerateObject())
        {
            bool isToken = int.TryParse(one.Name, NumberStyles.None, CultureInfo.InvariantCulture, out int id) && id < vocabulary;
            if (!isToken || one.Value.ValueKind != JsonValueKind.Number || !one.Value.TryGetSingle(out float bias) || !(bias >= -100 && bias <= 100))
            {
                throw ApiException.Bad($"{path} maps token ids from 0 to {vocabulary - 1} to numbers from -100 to 100", path, "invalid_value");
            }

            biases[id] = bias;
        }

        return biases.Count <= MostBiases ? biases : throw ApiException.Bad($"{path} has {biases.Count} tokens, at most {MostBiases} expected", path, "too_many");
    }
}
