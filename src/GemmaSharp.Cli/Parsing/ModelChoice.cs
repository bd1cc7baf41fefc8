using System.CommandLine;
using GemmaSharp.Loading;

namespace GemmaSharp.Cli.Parsing;

/// <summary>The model that a command works with: the one of -m, or the pocket model.</summary>
/// <param name="Path">Folder or file.</param>
/// <param name="IsDefault">Whether -m was left out.</param>
internal sealed record ModelChoice(string Path, bool IsDefault)
{
    /// <summary>The file with the towers of a GGUF model; null where none was named.</summary>
    public string? Projector { get; init; }

    public static Option<string?> CreateOption(string description) => new("--model", "-m") { HelpName = "MODEL", Description = description };

    public static ModelChoice From(string? given) => given is null ? new ModelChoice(PocketModel.Find(), IsDefault: true) : new ModelChoice(given, IsDefault: false);

    /// <summary>Says which model it is where nobody named one; said once it works, so that an error stands alone.</summary>
    public void Say(Screen screen)
    {
        if (IsDefault)
        {
            screen.Notice("no -m given, taking the pocket model (small shapes, digits and a few phrases are all it knows)");
        }
    }
}
