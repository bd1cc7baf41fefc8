namespace GemmaSharp.Conversion;

/// <summary>What a quantisation makes.</summary>
internal sealed record QuantizationOptions
{
    /// <summary>The mix: Q4_K_M, Q8_0 and so on, in any case.</summary>
    public required string Type { get; init; }

    /// <summary>PATTERN=TYPE for the matrices whose name has the pattern in it; the last that matches counts.</summary>
    public IReadOnlyList<string> Overrides { get; init; } = [];

    /// <summary>An importance matrix, .gguf or .dat; null for none.</summary>
    public string? Importance { get; init; }

    /// <summary>Whether matrices that are quantised already may be quantised anew, which loses more than quantising the original.</summary>
    public bool AllowRequantize { get; init; }

    /// <summary>Threads; 0 takes the machine's processors.</summary>
    public int Threads { get; init; }
}
