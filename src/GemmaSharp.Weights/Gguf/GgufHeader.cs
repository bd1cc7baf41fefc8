namespace GemmaSharp.Weights.Gguf;

/// <summary>What stands before the data of a GGUF file.</summary>
/// <param name="Version">Version of the format, 2 or 3.</param>
/// <param name="Metadata">Keys and values.</param>
/// <param name="Entries">Tensors in file order, with offsets from the beginning of the file.</param>
public sealed record GgufHeader(int Version, GgufMetadata Metadata, IReadOnlyList<WeightEntry> Entries);
