using System.Text.Json.Nodes;

namespace GemmaSharp.Benchmarking;

/// <summary>Figures of several rounds.</summary>
internal readonly record struct Spread(double Min, double Median, double Max)
{
    public static Spread Of(IEnumerable<double> figures)
    {
        double[] sorted = [.. figures.Order()];
        int middle = sorted.Length / 2;
        return new Spread(sorted[0], sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2, sorted[^1]);
    }

    /// <summary>Adds min, median and max to a row.</summary>
    public void AddTo(JsonObject row, string prefix = "")
    {
        row[$"{prefix}min"] = Rounded(Min);
        row[$"{prefix}median"] = Rounded(Median);
        row[$"{prefix}max"] = Rounded(Max);
    }

    /// <summary>Five digits are more than any clock gives.</summary>
    public static double Rounded(double figure)
    {
        const int digits = 5;
        return figure == 0 ? 0 : double.Round(figure, int.Clamp(digits - 1 - (int)double.Floor(double.Log10(double.Abs(figure))), 0, 15));
    }
}
