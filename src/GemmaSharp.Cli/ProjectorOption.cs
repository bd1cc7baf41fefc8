using System.CommandLine;

namespace GemmaSharp.Cli;

/// <summary>The option that names a GGUF model's projector.</summary>
internal static class ProjectorOption
{
    public static Option<string?> Create() => new("--mmproj")
    {
        Description = "projector of a GGUF model, with its image and audio encoders; one beside the model is found by itself",
    };
}
