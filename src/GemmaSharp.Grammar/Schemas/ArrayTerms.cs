using System.Text.Json;
using GemmaSharp.Grammar.Networks;

namespace GemmaSharp.Grammar.Schemas;

/// <summary>Lists: first items one by one, then any number within bounds. Where only first items are named, none follow unless the bounds ask for them.</summary>
/// <param name="network">Where to.</param>
/// <param name="json">JSON's own parts.</param>
/// <param name="rule">The rule of schemas that hold together.</param>
internal sealed class ArrayTerms(NetworkBuilder network, JsonTerms json, Func<IReadOnlyList<Location>, int> rule)
{
    // A call and the comma before it.
    private const long ItemCost = 4;

    public int Emit(Constraints asked, int next)
    {
        int first = asked.Arrays.Count == 0 ? 0 : asked.Arrays.Max(part => part.First.Count);
        int most = First(asked, first);
        if (most < asked.MinItems)
        {
            return NetworkBuilder.Fail;
        }

        int close = json.Space(network.Literal("]"u8, next));
        first = int.Min(first, most);
        int behind = first == most ? close : Rest(asked, first, most, close);
        for (int index = first - 1; index > 0; index--)
        {
            int item = json.Comma(network.Call(rule(asked.Item(index)), behind));
            behind = index >= asked.MinItems ? network.Split(item, close) : item;
        }

        int begin = most == 0 ? NetworkBuilder.Fail : network.Call(rule(asked.Item(0)), behind);
        return network.Literal("["u8, json.Space(asked.MinItems == 0 ? network.Split(begin, network.Literal("]"u8, next)) : begin));
    }

    // How many items there may be; false in place of a schema ends the list.
    private static int First(Constraints asked, int first)
    {
        int most = asked.MaxItems ?? int.MaxValue;
        for (int index = 0; index <= first; index++)
        {
            bool closed = index == first && first > 0 && asked.MinItems <= first && asked.Arrays.All(part => part.Rest is null);
            most = closed || asked.Item(index).Any(place => place.Schema.ValueKind == JsonValueKind.False) ? int.Min(most, index) : most;
        }

        return most;
    }

    private int Rest(Constraints asked, int first, int most, int close)
    {
        int taken = int.Max(first, 1), item = rule(asked.Item(first));
        return network.Repeat(
            next => json.Comma(network.Call(item, next)), ItemCost, int.Max(0, asked.MinItems - taken), most == int.MaxValue ? null : most - taken, close);
    }
}
