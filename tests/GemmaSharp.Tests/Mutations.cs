using System.Text;
using System.Text.Json.Nodes;

namespace GemmaSharp.Tests;

/// <summary>Spoils files as downloads, editors and strangers do.</summary>
internal static class Mutations
{
    private const string Mark = "@mutation@";

    private static readonly string[] Literals =
    [
        "null", "-1", "0", "1", "3", "65537", "2147483648", "99999999999999999999", "1e308", "1e999", "-1e999", "0.5", "true", "\"NaN\"", "\"x\"", "\"\"",
        "\"\\ud800\"", "[]", "{}", "[1]", "[-5]", "[[3,3],[3]]", "[[[[[[[[]]]]]]]]", "[1e999]", "[\"\\udfff\"]", "{\"a\":1}", "{\"height\":\"x\"}",
    ];

    /// <summary>One field taken away or replaced by something unfitting; sometimes the bytes themselves are spoilt.</summary>
    public static byte[] Json(string json, Random random)
    {
        const int waysToSpoilBytes = 6;
        if (random.Next(waysToSpoilBytes) == 0)
        {
            return Bytes(Encoding.UTF8.GetBytes(json), random);
        }

        JsonNode root = JsonNode.Parse(json)!;
        List<Action<JsonNode?>> places = [];
        List<Action> removals = [];
        Collect(root, places, removals);
        int place = random.Next(places.Count);
        if (random.Next(4) == 0)
        {
            removals[place]();
            return Encoding.UTF8.GetBytes(root.ToJsonString());
        }

        places[place](Mark);
        return Encoding.UTF8.GetBytes(root.ToJsonString().Replace($"\"{Mark}\"", Literals[random.Next(Literals.Length)], StringComparison.Ordinal));
    }

    /// <summary>Cut short, or a few bytes replaced, or a stretch repeated.</summary>
    public static byte[] Bytes(byte[] whole, Random random)
    {
        byte[] spoilt = [.. whole];
        switch (random.Next(3))
        {
            case 0:
                return spoilt[..random.Next(spoilt.Length)];
            case 1:
                for (int count = random.Next(1, 4); count > 0; count--)
                {
                    spoilt[random.Next(spoilt.Length)] = (byte)random.Next(256);
                }

                return spoilt;
            default:
                int from = random.Next(spoilt.Length), to = random.Next(from, int.Min(spoilt.Length, from + 40));
                return [.. spoilt[..to], .. spoilt[from..to], .. spoilt[to..]];
        }
    }

    private static void Collect(JsonNode? node, List<Action<JsonNode?>> places, List<Action> removals)
    {
        if (node is JsonObject fields)
        {
            foreach ((string name, JsonNode? value) in fields.ToArray())
            {
                places.Add(with => fields[name] = with);
                removals.Add(() => fields.Remove(name));
                Collect(value, places, removals);
            }
        }
        else if (node is JsonArray list)
        {
            for (int index = 0; index < list.Count; index++)
            {
                int at = index;
                places.Add(with => list[at] = with);
                removals.Add(() => list.RemoveAt(at));
                Collect(list[at], places, removals);
            }
        }
    }
}
