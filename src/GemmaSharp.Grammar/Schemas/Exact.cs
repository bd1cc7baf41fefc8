using System.Globalization;
using System.Numerics;

namespace GemmaSharp.Grammar.Schemas;

/// <summary>A decimal number without rounding: units / 10^scale, in lowest terms.</summary>
internal readonly record struct Exact : IComparable<Exact>
{
    private const int MostDigits = 100;

    public Exact(BigInteger units, int scale)
    {
        while (scale > 0 && units % 10 == 0)
        {
            units /= 10;
            scale--;
        }

        Units = units;
        Scale = scale;
    }

    public static Exact Zero { get; } = new(0, 0);

    public BigInteger Units { get; }

    public int Scale { get; }

    public int Sign => Units.Sign;

    public bool IsInteger => Scale == 0;

    /// <summary>The digits behind the point of a number from 0.</summary>
    public string Fraction => IsInteger ? "" : (Units % BigInteger.Pow(10, Scale)).ToString(CultureInfo.InvariantCulture).PadLeft(Scale, '0');

    /// <summary>Reads a JSON number; false where it has more than a hundred digits or so.</summary>
    public static bool TryParse(string text, out Exact number)
    {
        number = default;
        int mark = text.IndexOfAny(['e', 'E']), exponent = 0;
        string mantissa = mark < 0 ? text : text[..mark];
        int point = mantissa.IndexOf('.', StringComparison.Ordinal), scale = point < 0 ? 0 : mantissa.Length - point - 1;
        if (mantissa.Length > MostDigits || (mark >= 0 && !int.TryParse(text.AsSpan(mark + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out exponent)) || exponent is < -MostDigits or > MostDigits)
        {
            return false;
        }

        BigInteger units = BigInteger.Parse(mantissa.Replace(".", "", StringComparison.Ordinal), CultureInfo.InvariantCulture);
        number = exponent > scale ? new Exact(units * BigInteger.Pow(10, exponent - scale), 0) : new Exact(units, scale - exponent);
        return true;
    }

    /// <summary>The whole part of a number from 0.</summary>
    public BigInteger Floor() => Units / BigInteger.Pow(10, Scale);

    public bool IsMultipleOf(Exact other)
    {
        int scale = int.Max(Scale, other.Scale);
        return Scaled(scale) % other.Scaled(scale) == 0;
    }

    public int CompareTo(Exact other)
    {
        int scale = int.Max(Scale, other.Scale);
        return Scaled(scale).CompareTo(other.Scaled(scale));
    }

    public static Exact operator -(Exact number) => new(-number.Units, number.Scale);

    private BigInteger Scaled(int scale) => Units * BigInteger.Pow(10, scale - Scale);
}

/// <summary>One end of a range of numbers.</summary>
internal readonly record struct Bound(Exact Value, bool IsExclusive);
