using System.CommandLine;
using System.Globalization;
using GemmaSharp.Cli.Parsing;
using GemmaSharp.Conversion;

namespace GemmaSharp.Cli.Commands;

/// <summary>Saves a slice as a model of its own.</summary>
internal static class Slice
{
    public static Command Create()
    {
        Argument<string> input = new("input") { HelpName = "INPUT", Description = "folder of the model, GGUF or UQFF file" };
        Option<string> output = new("--output", "-o") { Required = true, HelpName = "OUT", Description = "what to write: a GGUF file if it ends in .gguf, else a folder in Hugging Face's layout" };
        Option<bool> uqff = new("--uqff") { Description = "write a UQFF folder, as mistral.rs reads it" };
        Option<string?> projector = new("--mmproj") { HelpName = "FILE", Description = "projector of a GGUF model, for folders; one beside the model is found by itself" };
        SliceArguments slice = new(withMemory: false);
        Command command = new("slice", "Saves a MatFormer slice as a smaller model of its own, its weights as they are.") { input, output, uqff, projector };
        slice.AddTo(command);
        command.SetAction((parsed, cancel) => Failure.GuardInterruptibleAsync(() =>
        {
            string target = parsed.GetValue(output) ?? "";
            bool isFile = target.EndsWith(".gguf", StringComparison.OrdinalIgnoreCase), isUqff = parsed.GetValue(uqff);
            if (isFile && isUqff)
            {
                throw new ArgumentException($"--uqff writes a folder, -o names the file {target}");
            }

            using SliceConversion conversion = SliceConversion.Open(parsed.GetValue(input) ?? "", slice.ReadInto(parsed, new EngineOptions { Projector = parsed.GetValue(projector) }));
            FileProgressBar.Run(Path.GetFileName(Path.TrimEndingDirectorySeparator(target)), progress =>
            {
                Action<string, IProgress<FileProgress>?, CancellationToken> write = isFile ? conversion.WriteGguf : isUqff ? conversion.WriteUqff : conversion.WriteFolder;
                write(target, progress, cancel);
                return 0;
            });
            Report(conversion, target, isFile);
            return 0;
        }));
        return command;
    }

    private static void Report(SliceConversion conversion, string target, bool isFile)
    {
        long bytes = isFile ? new FileInfo(target).Length : new DirectoryInfo(target).EnumerateFiles().Sum(file => file.Length);
        Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"gemmasharp: wrote {target}, {bytes / 1e6:F1} MB: {conversion.Description}"));
        if (conversion.ExpandedCount > 0)
        {
            Console.Error.WriteLine($"gemmasharp: {conversion.ExpandedCount} small matrices are floats now, as UQFF keeps them, with the values of their blocks: logits differ by the rounding of activations");
        }

        if (!isFile)
        {
            return;
        }

        Console.Error.WriteLine(conversion.LlamaLimit is not string reason
            ? "gemmasharp: llama.cpp can run it; pictures and sounds need the parent's projector, which fits as it is"
            : $"gemmasharp: llama.cpp cannot run it: {reason}; this program can, and pictures and sounds need the parent's projector, which fits as it is");
    }
}
