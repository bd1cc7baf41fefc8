namespace GemmaSharp.Prefixes;

/// <summary>
/// Between whom keys and values are shared: only what bears the same tag. An owner apart learns nothing from how fast an answer comes, and what
/// another slice of the weights computed fits nobody else.
/// </summary>
/// <param name="Owner">Whose conversations; null for the sessions of this process.</param>
/// <param name="Slice">What of the model computed them; null for all of it.</param>
internal readonly record struct PrefixTag(int? Owner, string? Slice = null);
