using System.Text.Json;
using GemmaSharp.Grammar.Expressions;

namespace GemmaSharp.Grammar.Schemas;

/// <summary>JSON's types; a number is an integer or a fraction.</summary>
[Flags]
internal enum JsonTypes
{
    None = 0,
    Null = 1,
    Boolean = 2,
    Integer = 4,
    Fraction = 8,
    Text = 16,
    List = 32,
    Object = 64,
    Number = Integer | Fraction,
    All = Null | Boolean | Number | Text | List | Object,
}

/// <summary>Properties of one schema and what it says of all others; null where it says nothing.</summary>
internal sealed record ObjectPart(IReadOnlyList<(string Name, Location Value)> Properties, Location? Additional);

/// <summary>The first items of one schema and what it says of the rest; null where it says nothing.</summary>
internal sealed record ArrayPart(IReadOnlyList<Location> First, Location? Rest);

/// <summary>What schemas that hold together ask of a value, without alternatives.</summary>
internal sealed record Constraints
{
    public JsonTypes Types { get; init; } = JsonTypes.All;

    /// <summary>Types that keywords speak of, for schemas without a type.</summary>
    public JsonTypes Hinted { get; init; }

    /// <summary>Whether some schema names types.</summary>
    public bool HasTypes { get; init; }

    /// <summary>The only values, or null.</summary>
    public IReadOnlyList<JsonElement>? Values { get; init; }

    public int MinLength { get; init; }

    public int? MaxLength { get; init; }

    public IReadOnlyList<Expression> Patterns { get; init; } = [];

    public Bound? Least { get; init; }

    public Bound? Most { get; init; }

    public IReadOnlyList<Exact> Multiples { get; init; } = [];

    public IReadOnlyList<ObjectPart> Objects { get; init; } = [];

    public IReadOnlyList<string> Required { get; init; } = [];

    public IReadOnlyList<ArrayPart> Arrays { get; init; } = [];

    public int MinItems { get; init; }

    public int? MaxItems { get; init; }

    /// <summary>The schema that they come from first.</summary>
    public required Location Place { get; init; }

    /// <summary>Types that values may have; without a type, those that the keywords speak of.</summary>
    public JsonTypes Allowed => HasTypes || Hinted == JsonTypes.None || Values is not null ? Types : Hinted;

    /// <summary>The schemas that hold for a property together.</summary>
    public IReadOnlyList<Location> Property(string name) =>
        [.. Objects.Select(part => part.Properties.FirstOrDefault(one => one.Name == name).Value ?? part.Additional).OfType<Location>()];

    /// <summary>The schemas that hold for an item together.</summary>
    public IReadOnlyList<Location> Item(int index) =>
        [.. Arrays.Select(part => index < part.First.Count ? part.First[index] : part.Rest).OfType<Location>()];
}
