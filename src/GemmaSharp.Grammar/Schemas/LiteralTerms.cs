using System.Text;
using System.Text.Json;
using GemmaSharp.Grammar.Networks;

namespace GemmaSharp.Grammar.Schemas;

/// <summary>Given values, written out.</summary>
internal sealed class LiteralTerms(NetworkBuilder network)
{
    public int Emit(Constraints asked, int next)
    {
        List<byte[]> texts = [.. (asked.Values ?? []).Where(value => Allows(asked, value)).Select(JsonText.Write).Distinct().Select(Encoding.UTF8.GetBytes)];
        return texts.Count == 0 ? NetworkBuilder.Fail : EmitTexts(texts, next);
    }

    private static bool Allows(Constraints asked, JsonElement value)
    {
        if ((asked.Types & TypeOf(value)) == JsonTypes.None)
        {
            return false;
        }

        if ((value.ValueKind == JsonValueKind.Object && (asked.Objects.Count > 0 || asked.Required.Count > 0))
            || (value.ValueKind == JsonValueKind.Array && (asked.Arrays.Count > 0 || asked.MinItems > 0 || asked.MaxItems is not null)))
        {
            throw asked.Place.Error($"const or enum of kind {value.ValueKind} beside other keywords for it", "one or the other");
        }

        return value.ValueKind switch
        {
            JsonValueKind.String => StringTerms.Allows(asked, value.GetString() ?? ""),
            JsonValueKind.Number => Exact.TryParse(value.GetRawText(), out Exact number) && NumberTerms.Allows(asked, number),
            _ => true,
        };
    }

    private static JsonTypes TypeOf(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null => JsonTypes.Null,
        JsonValueKind.True or JsonValueKind.False => JsonTypes.Boolean,
        JsonValueKind.String => JsonTypes.Text,
        JsonValueKind.Array => JsonTypes.List,
        JsonValueKind.Object => JsonTypes.Object,
        _ => Exact.TryParse(value.GetRawText(), out Exact number) && !number.IsInteger ? JsonTypes.Fraction : JsonTypes.Integer,
    };

    // A tree by bytes: a hundred thousand values are one way until they differ.
    private int EmitTexts(List<byte[]> texts, int next)
    {
        List<SortedDictionary<byte, int>> children = [[]];
        HashSet<int> ends = [];
        foreach (byte[] text in texts)
        {
            int at = 0;
            foreach (byte one in text)
            {
                if (!children[at].TryGetValue(one, out int child))
                {
                    children[at][one] = child = children.Count;
                    children.Add([]);
                }

                at = child;
            }

            if (children.Count > NetworkBuilder.MostNodes)
            {
                throw new GrammarException($"the values of an enum take more than {NetworkBuilder.MostNodes} nodes; fewer or shorter ones are expected");
            }

            ends.Add(at);
        }

        int[] places = new int[children.Count];
        for (int at = places.Length - 1; at >= 0; at--)
        {
            int onward = network.Match([.. children[at].Select(one => new Edge(one.Key, one.Key, places[one.Value]))]);
            places[at] = !ends.Contains(at) ? onward : children[at].Count == 0 ? next : network.Split(onward, next);
        }

        return places[0];
    }
}
