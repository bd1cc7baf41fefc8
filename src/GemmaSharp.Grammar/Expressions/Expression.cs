namespace GemmaSharp.Grammar.Expressions;

/// <summary>A regular expression over characters; in GBNF also over rules.</summary>
internal abstract record Expression
{
    /// <summary>Nothing.</summary>
    public static Expression Empty { get; } = new Sequence([]);

    /// <summary>Any characters, any number.</summary>
    public static Expression Anything { get; } = new Repetition(new Chars(CodePointSet.Any), 0, null);

    /// <summary>About how many nodes it takes, at least 1.</summary>
    public abstract long Cost { get; }

    public static Expression Text(string text) => new Sequence([.. text.EnumerateRunes().Select(rune => new Chars(CodePointSet.Single(rune.Value)))]);
}

/// <summary>One character of a set.</summary>
internal sealed record Chars(CodePointSet Set) : Expression
{
    public override long Cost => int.Max(1, Set.Ranges.Count);
}

/// <summary>One after the other.</summary>
internal sealed record Sequence(IReadOnlyList<Expression> Parts) : Expression
{
    public override long Cost { get; } = long.Max(1, Parts.Sum(part => part.Cost));
}

/// <summary>One of several; of none, no text at all.</summary>
internal sealed record Choice(IReadOnlyList<Expression> Options) : Expression
{
    public override long Cost { get; } = 1 + Options.Sum(option => option.Cost);
}

/// <summary>From min to max times; null for no bound.</summary>
internal sealed record Repetition(Expression Item, int Min, int? Max) : Expression
{
    public override long Cost { get; } = Networks.NetworkBuilder.CostOfRepeat(Item.Cost, Min, Max);
}

/// <summary>A rule of the network.</summary>
internal sealed record Reference(int Rule) : Expression
{
    public override long Cost => 1;
}
