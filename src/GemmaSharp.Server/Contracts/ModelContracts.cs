namespace GemmaSharp.Server.Contracts;

/// <summary>The answer of /v1/models.</summary>
internal sealed record ModelList(IReadOnlyList<ModelBody> Data)
{
    public string Object { get; } = "list";
}

/// <summary>A model, and whether it is loaded.</summary>
internal sealed record ModelBody(string Id, long Created, string State)
{
    public string Object { get; } = "model";

    public string OwnedBy { get; } = "gemmasharp";

    /// <summary>Slices that requests may name; null while the model is loading.</summary>
    public IReadOnlyList<string>? Slices { get; init; }
}

/// <summary>The answer of /health and /ready.</summary>
internal sealed record StatusBody(string Status, string? Model = null);
