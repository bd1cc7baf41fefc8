namespace GemmaSharp.Model.Export;

/// <summary>What a mix looks at to choose the type of a matrix.</summary>
internal readonly record struct MatrixPlace
{
    public required MatrixKind Kind { get; init; }

    /// <summary>Weights in a row.</summary>
    public required long Columns { get; init; }

    /// <summary>Its place among the matrices of its kind, in the order of the layers.</summary>
    public required int Layer { get; init; }

    /// <summary>How many of its kind there are.</summary>
    public required int Layers { get; init; }

    public required int QueriesPerKey { get; init; }

    public required bool HasImportance { get; init; }

    public bool IsEarly => Layer < Layers / 8;

    /// <summary>The first eighth, the last, and every third between.</summary>
    public bool IsSensitive => IsEarly || Layer >= 7 * Layers / 8 || (Layer - (Layers / 8)) % 3 == 2;
}

/// <summary>The kinds of matrices that mixes tell apart.</summary>
internal enum MatrixKind
{
    /// <summary>Any that no rule names.</summary>
    Other,

    /// <summary>The head, and embedding tables of a model whose head is one of them.</summary>
    Head,

    /// <summary>Embedding tables beside a head of its own.</summary>
    Table,

    /// <summary>attn_v</summary>
    Value,

    /// <summary>attn_output</summary>
    Output,

    /// <summary>ffn_down</summary>
    Down,
}
