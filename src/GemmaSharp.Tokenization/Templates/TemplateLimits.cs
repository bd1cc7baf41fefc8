namespace GemmaSharp.Tokenization.Templates;

/// <summary>Bounds on what a template may do; they are wide for chat templates and narrow for mischief.</summary>
/// <param name="Steps">Nodes evaluated.</param>
/// <param name="Depth">Nesting of source and of calls.</param>
/// <param name="Length">Characters or elements of any value, and of the output.</param>
public sealed record TemplateLimits(int Steps = 5_000_000, int Depth = 60, int Length = 20_000_000);
