namespace GemmaSharp.Conversion;

/// <summary>What a conversion to UQFF makes.</summary>
internal sealed record UqffOptions
{
    /// <summary>The type of most layers, in mistral.rs's spelling or ggml's: q4k, Q8_0, bf16.</summary>
    public required string Type { get; init; }

    /// <summary>The model on the hub that this one was made of, OWNER/NAME; null when it is not known.</summary>
    public string? BaseModel { get; init; }
}
