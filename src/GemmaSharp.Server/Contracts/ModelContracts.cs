namespace GemmaSharp.Server.Contracts;

/// <summary>The answer of /v1/models.</summary>
internal sealed record ModelList(IReadOnlyList<ModelBody> Data)
{
    public string Object { get; } = "list";
}

/// <summary>A model.</summary>
internal sealed record ModelBody(string Id, long Created)
{
    public string Object { get; } = "model";

    public string OwnedBy { get; } = "gemmasharp";
}

/// <summary>The answer of /health and /ready.</summary>
internal sealed record StatusBody(string Status);
