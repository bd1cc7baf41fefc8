using System.Globalization;
using System.Numerics;
using GemmaSharp.Grammar.Expressions;
using GemmaSharp.Grammar.Networks;

namespace GemmaSharp.Grammar.Schemas;

/// <summary>Numbers within bounds and multiples: written without an exponent, so that bounds compare digit by digit.</summary>
internal sealed class NumberTerms(NetworkBuilder network, JsonTerms json)
{
    /// <summary>Digits before and behind the point.</summary>
    private const int MostDigits = 20;
    private const int MostDivisor = 10_000;

    public int Emit(Constraints asked, JsonTypes types, int next)
    {
        if (asked.Least is null && asked.Most is null && asked.Multiples.Count == 0)
        {
            return types == JsonTypes.Integer ? json.Integer(next) : json.Number(next);
        }

        (int decimals, int divisor) = Multiples(asked);
        decimals = types == JsonTypes.Integer ? 0 : decimals;
        Check(asked, asked.Least);
        Check(asked, asked.Most);
        Bound? least = asked.Least, most = asked.Most;
        Bound zero = new(Exact.Zero, false), underZero = new(Exact.Zero, true);
        int positive = most?.Value.Sign < 0 ? NetworkBuilder.Fail : From(least?.Value.Sign >= 0 ? least.Value : zero, most, decimals, divisor, next);
        int negative = least?.Value.Sign >= 0 ? NetworkBuilder.Fail : From(most?.Value.Sign < 0 ? Negated(most.Value) : underZero, least is Bound low ? Negated(low) : null, decimals, divisor, next);
        return network.Split(positive, network.Literal("-"u8, negative));
    }

    /// <summary>Whether a number is as asked.</summary>
    public static bool Allows(Constraints asked, Exact number) =>
        (asked.Least is not Bound least || number.CompareTo(least.Value) is var over && (over > 0 || (over == 0 && !least.IsExclusive)))
        && (asked.Most is not Bound most || number.CompareTo(most.Value) is var under && (under < 0 || (under == 0 && !most.IsExclusive)))
        && asked.Multiples.All(number.IsMultipleOf);

    private static Bound Negated(Bound bound) => bound with { Value = -bound.Value };

    // Digits behind the point, and what integers are a multiple of.
    private static (int Decimals, int Divisor) Multiples(Constraints asked)
    {
        int decimals = MostDigits;
        BigInteger divisor = 1;
        foreach (Exact multiple in asked.Multiples)
        {
            if (!multiple.IsInteger && (!multiple.Units.IsOne || multiple.Scale > MostDigits))
            {
                throw asked.Place.Error("a multipleOf between powers of ten", "a whole number, or 0.1, 0.01, ...");
            }

            decimals = int.Min(decimals, multiple.Scale);
            divisor *= multiple.IsInteger ? multiple.Units / BigInteger.GreatestCommonDivisor(divisor, multiple.Units) : 1;
        }

        return divisor <= MostDivisor ? (decimals, (int)divisor) : throw asked.Place.Error($"multiples of {divisor}", $"of at most {MostDivisor}");
    }

    private static void Check(Constraints asked, Bound? bound)
    {
        if (bound is Bound one && (one.Value.Scale > MostDigits || BigInteger.Abs(one.Value.Units) >= BigInteger.Pow(10, MostDigits + one.Value.Scale)))
        {
            throw asked.Place.Error("a bound with many digits", $"at most {MostDigits} before and {MostDigits} behind the point");
        }
    }

    // Numbers from 0.
    private int From(Bound least, Bound? most, int decimals, int divisor, int next)
    {
        CharAutomaton numbers = Determinizer.Run(AtLeast(least, decimals));
        numbers = most is Bound bound ? numbers.Intersect(Determinizer.Run(AtMost(bound, decimals))) : numbers;
        numbers = divisor > 1 ? numbers.Intersect(CharAutomaton.DigitsMultipleOf(divisor)) : numbers;
        return ExpressionEmitter.Plain(network).Emit(numbers, next);
    }

    private static Choice AtLeast(Bound bound, int decimals)
    {
        BigInteger whole = bound.Value.Floor();
        return new Choice(
        [
            new Sequence([Whole(whole + 1, null), DecimalDigits.Optional(decimals)]),
            new Sequence([Whole(whole, whole), DecimalDigits.AtLeast(bound.Value.Fraction, bound.IsExclusive, decimals)]),
        ]);
    }

    private static Choice AtMost(Bound bound, int decimals)
    {
        BigInteger whole = bound.Value.Floor();
        return new Choice(
        [
            new Sequence([Whole(0, whole - 1), DecimalDigits.Optional(decimals)]),
            new Sequence([Whole(whole, whole), DecimalDigits.AtMost(bound.Value.Fraction, bound.IsExclusive, decimals)]),
        ]);
    }

    // Whole numbers between two, by the count of their digits.
    private static Choice Whole(BigInteger least, BigInteger? most)
    {
        List<Expression> options = [];
        for (int digits = 1; digits <= MostDigits; digits++)
        {
            BigInteger low = BigInteger.Max(least, digits == 1 ? 0 : BigInteger.Pow(10, digits - 1)), high = BigInteger.Min(most ?? BigInteger.Pow(10, MostDigits), BigInteger.Pow(10, digits) - 1);
            if (low <= high)
            {
                options.Add(DecimalDigits.Between(low.ToString(CultureInfo.InvariantCulture), high.ToString(CultureInfo.InvariantCulture)));
            }
        }

        return new Choice(options);
    }
}
