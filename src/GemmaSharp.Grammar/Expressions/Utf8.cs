using System.Text;
using GemmaSharp.Grammar.Networks;

namespace GemmaSharp.Grammar.Expressions;

/// <summary>Characters as the bytes of UTF-8.</summary>
internal static class Utf8
{
    // The last value of every length.
    private static readonly int[] Lasts = [0x7F, 0x7FF, 0xFFFF, 0x10FFFF];

    /// <summary>The node that takes one character of a set.</summary>
    public static int Emit(NetworkBuilder network, CodePointSet set, int next)
    {
        List<Edge> edges = [];
        foreach ((int first, int last) in set.Ranges)
        {
            Split(network, first, last, next, edges);
        }

        return edges.Count switch
        {
            0 => NetworkBuilder.Fail,
            1 => network.Match(edges[0].First, edges[0].Last, edges[0].To),
            _ => network.Match([.. edges]),
        };
    }

    // Ranges whose bytes vary one by one: cut at lengths, then wherever a higher byte would carry.
    private static void Split(NetworkBuilder network, int first, int last, int next, List<Edge> edges)
    {
        const int continuationBits = 6;
        int length = Length(first);
        int cut = Lasts[length - 1] < last ? Lasts[length - 1] : -1;
        for (int index = 1; cut < 0 && index < length; index++)
        {
            int mask = (1 << (continuationBits * index)) - 1;
            if ((first & ~mask) != (last & ~mask))
            {
                cut = (first & mask) != 0 ? first | mask : (last & mask) != mask ? (last & ~mask) - 1 : -1;
            }
        }

        if (cut >= 0)
        {
            Split(network, first, cut, next, edges);
            Split(network, cut + 1, last, next, edges);
            return;
        }

        Span<byte> low = stackalloc byte[4], high = stackalloc byte[4];
        length = new Rune(first).EncodeToUtf8(low);
        _ = new Rune(last).EncodeToUtf8(high);
        for (int at = length - 1; at > 0; at--)
        {
            next = network.Match(low[at], high[at], next);
        }

        edges.Add(new Edge(low[0], high[0], next));
    }

    private static int Length(int value) => 1 + Lasts.Count(last => value > last);
}
