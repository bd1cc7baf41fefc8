using GemmaSharp.Grammar.Expressions;

namespace GemmaSharp.Grammar.Schemas;

/// <summary>Digits compared with given ones, from the first on.</summary>
internal static class DecimalDigits
{
    private static readonly Expression Nothing = new Choice([]);

    /// <summary>Numbers of as many digits between two.</summary>
    public static Expression Between(string low, string high)
    {
        int same = low.AsSpan().CommonPrefixLength(high), left = low.Length - same - 1;
        return left < 0 ? Expression.Text(low) : new Sequence(
        [
            Expression.Text(low[..same]),
            new Choice(
            [
                new Sequence([Digit(low[same] - '0' + 1, high[same] - '0' - 1), Free(left, left)]),
                new Sequence([Expression.Text(low.Substring(same, 1)), Above(low[(same + 1)..])]),
                new Sequence([Expression.Text(high.Substring(same, 1)), Below(high[(same + 1)..])]),
            ]),
        ]);
    }

    /// <summary>No digits behind the point, or up to so many.</summary>
    public static Expression Optional(int decimals) => decimals == 0 ? Expression.Empty : new Choice([Expression.Empty, Point(Free(1, decimals))]);

    /// <summary>What may stand behind a whole part so that the fraction is at least one without zeros at its end.</summary>
    public static Expression AtLeast(string fraction, bool over, int decimals) =>
        fraction.Length > 0 ? decimals == 0 ? Nothing : Point(AtLeast(fraction, 0, over, decimals))
        : !over ? Optional(decimals)
        : decimals == 0 ? Nothing : Point(Over(decimals));

    /// <summary>What may stand behind a whole part so that the fraction is at most one without zeros at its end.</summary>
    public static Expression AtMost(string fraction, bool under, int decimals)
    {
        if (fraction.Length == 0)
        {
            return under ? Nothing : decimals == 0 ? Expression.Empty : new Choice([Expression.Empty, Point(new Repetition(Digit(0, 0), 1, decimals))]);
        }

        return decimals == 0 ? Expression.Empty : new Choice([Expression.Empty, Point(AtMost(fraction, 0, under, decimals))]);
    }

    private static Expression AtLeast(string fraction, int place, bool over, int decimals)
    {
        if (place == fraction.Length)
        {
            return !over ? Free(0, decimals - place) : decimals > place ? Over(decimals - place) : Nothing;
        }

        return place == decimals ? Nothing : new Choice(
        [
            new Sequence([Digit(fraction[place] - '0' + 1, 9), Free(0, decimals - place - 1)]),
            new Sequence([Expression.Text(fraction.Substring(place, 1)), AtLeast(fraction, place + 1, over, decimals)]),
        ]);
    }

    private static Expression AtMost(string fraction, int place, bool under, int decimals)
    {
        if (place == fraction.Length)
        {
            return under ? Nothing : new Repetition(Digit(0, 0), 0, decimals - place);
        }

        return place == decimals ? Expression.Empty : new Choice(
        [
            place > 0 ? Expression.Empty : Nothing,
            new Sequence([Digit(0, fraction[place] - '0' - 1), Free(0, decimals - place - 1)]),
            new Sequence([Expression.Text(fraction.Substring(place, 1)), AtMost(fraction, place + 1, under, decimals)]),
        ]);
    }

    private static Expression Above(string low) => low.Length == 0 ? Expression.Empty : new Choice(
    [
        new Sequence([Digit(low[0] - '0' + 1, 9), Free(low.Length - 1, low.Length - 1)]),
        new Sequence([Expression.Text(low[..1]), Above(low[1..])]),
    ]);

    private static Expression Below(string high) => high.Length == 0 ? Expression.Empty : new Choice(
    [
        new Sequence([Digit(0, high[0] - '0' - 1), Free(high.Length - 1, high.Length - 1)]),
        new Sequence([Expression.Text(high[..1]), Below(high[1..])]),
    ]);

    // Digits that are not all 0.
    private static Sequence Over(int decimals) => new([new Repetition(Digit(0, 0), 0, decimals - 1), Digit(1, 9), Free(0, decimals - 1)]);

    private static Sequence Point(Expression digits) => new([Expression.Text("."), digits]);

    private static Chars Digit(int low, int high) => new(CodePointSet.Of(low <= high ? [('0' + low, '0' + high)] : []));

    private static Repetition Free(int least, int most) => new(Digit(0, 9), least, most);
}
