using System.Text.Json;

namespace GemmaSharp.Grammar.Schemas;

/// <summary>Whether no value holds under both of two constraints, where that is plain to see.</summary>
internal static class Disjoint
{
    public static bool Are(Constraints one, Constraints other, SchemaExpander expander)
    {
        JsonTypes shared = one.Allowed & other.Allowed;
        if (shared == JsonTypes.None || DifferentValues(one, other))
        {
            return true;
        }

        return shared == JsonTypes.Object && one.Required.Intersect(other.Required).Any(name => DifferentValues(one.Property(name), other.Property(name), expander));
    }

    private static bool DifferentValues(IReadOnlyList<Location> one, IReadOnlyList<Location> other, SchemaExpander expander)
    {
        if (one.Count == 0 || other.Count == 0)
        {
            return false;
        }

        IReadOnlyList<Constraints> options = expander.Expand(other);
        return expander.Expand(one).All(left => options.All(right => (left.Allowed & right.Allowed) == JsonTypes.None || DifferentValues(left, right)));
    }

    private static bool DifferentValues(Constraints one, Constraints other) =>
        one.Values is IReadOnlyList<JsonElement> values && other.Values is IReadOnlyList<JsonElement> others && !values.Any(left => others.Any(right => JsonElement.DeepEquals(left, right)));
}
