using System.CommandLine;
using GemmaSharp.Diagnostics;

namespace GemmaSharp.Cli.Commands;

/// <summary>Checks that a model's files are whole and hold numbers.</summary>
internal static class Verify
{
    public static Command Create()
    {
        Argument<string> path = new("path") { HelpName = "FILE-OR-FOLDER", Description = "a GGUF or safetensors file, or a model folder" };
        Option<bool> hash = new("--sha256") { Description = "hash every file and tensor" }, json = new("--json") { Description = "as JSON" };
        Command command = new("verify", "Checks structure, shapes and every weight of a model's files.") { path, hash, json };
        command.SetAction((parsed, cancel) => Failure.GuardInterruptibleAsync(() =>
        {
            VerificationReport report = FileProgressBar.Run("verify", progress => Verification.Run(parsed.GetValue(path) ?? "", parsed.GetValue(hash), progress, cancel));
            Console.Out.WriteLine(parsed.GetValue(json) ? report.AsJson() : report.AsText());
            return report.IsSound ? 0 : Failure.BadInput;
        }));
        return command;
    }
}
