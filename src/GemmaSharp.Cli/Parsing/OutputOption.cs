using System.CommandLine;

namespace GemmaSharp.Cli.Parsing;

/// <summary>The -o option, checked before anything is computed.</summary>
internal static class OutputOption
{
    public static Option<string> Create() => new("--output", "-o") { Required = true, HelpName = "OUT.safetensors", Description = "the file to write" };

    public static string Check(string? path)
    {
        if (string.IsNullOrWhiteSpace(path) || Directory.Exists(path))
        {
            throw new ArgumentException($"-o: '{path}' is {(string.IsNullOrWhiteSpace(path) ? "no name" : "a folder")}, the name of a file to write expected");
        }

        string folder = Path.GetDirectoryName(Path.GetFullPath(path)) ?? "";
        return Directory.Exists(folder) ? path : throw new ArgumentException($"-o: {path}: its folder {folder} does not exist");
    }
}
