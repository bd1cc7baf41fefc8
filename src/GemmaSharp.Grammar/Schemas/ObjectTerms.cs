using System.Text;
using System.Text.Json;
using GemmaSharp.Grammar.Networks;

namespace GemmaSharp.Grammar.Schemas;

/// <summary>
/// Objects: named properties in the order of the schema, optional ones left out or not, then others where these are allowed: where a schema
/// says so, or where no property is named at all.
/// </summary>
/// <param name="network">Where to.</param>
/// <param name="json">JSON's own parts.</param>
/// <param name="strings">Names.</param>
/// <param name="rule">The rule of schemas that hold together.</param>
internal sealed class ObjectTerms(NetworkBuilder network, JsonTerms json, StringTerms strings, Func<IReadOnlyList<Location>, int> rule)
{
    public int Emit(Constraints asked, int next)
    {
        string[] names = [.. asked.Objects.SelectMany(part => part.Properties.Select(one => one.Name)).Union(asked.Required)];
        string[] impossible = [.. names.Where(name => asked.Property(name).Any(place => place.Schema.ValueKind == JsonValueKind.False))];
        if (impossible.Intersect(asked.Required).Any())
        {
            return NetworkBuilder.Fail;
        }

        int close = json.Space(network.Literal("}"u8, next));
        int behind = close, following = NetworkBuilder.Fail;
        if (Others(asked, names.Length > 0) is Location[] others)
        {
            behind = network.Reserve();
            following = strings.NameBut(names, json.Colon(network.Call(rule(others), behind)));
            network.Define(behind, NetworkBuilder.SplitNode(json.Comma(following), close));
        }

        bool mayEnd = true;
        foreach (string name in names.Reverse().Except(impossible))
        {
            bool required = asked.Required.Contains(name);
            int member = network.Literal(Encoding.UTF8.GetBytes(JsonText.Quote(name)), json.Colon(network.Call(rule(asked.Property(name)), behind)));
            following = required ? member : network.Split(member, following);
            mayEnd &= !required;
            int comma = json.Comma(following);
            behind = mayEnd ? network.Split(comma, close) : comma;
        }

        return network.Literal("{"u8, json.Space(mayEnd ? network.Split(following, network.Literal("}"u8, next)) : following));
    }

    // The schemas of properties without a name here, or null where there may be none.
    private static Location[]? Others(Constraints asked, bool anyNamed)
    {
        Location[] all = [.. asked.Objects.Select(part => part.Additional).OfType<Location>()];
        return all.Any(place => place.Schema.ValueKind == JsonValueKind.False) || (all.Length == 0 && anyNamed) ? null : all;
    }
}
