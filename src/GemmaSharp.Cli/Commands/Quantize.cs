using System.CommandLine;
using System.Globalization;
using GemmaSharp.Conversion;

namespace GemmaSharp.Cli.Commands;

/// <summary>Quantises models to GGUF files or UQFF folders.</summary>
internal static class Quantize
{
    public static Command Create()
    {
        Argument<string> input = new("input") { HelpName = "INPUT", Description = "GGUF file, or model folder in Hugging Face's layout" };
        Argument<string> type = new("type") { HelpName = "TYPE", Description = $"one of {string.Join(", ", GgufQuantization.TypeNames)}" };
        Option<string?> output = new("--output", "-o") { Description = "GGUF file to write; beside the input, with the type in its name, when left out" };
        Option<string[]> overrides = new("--tensor-type") { Description = "PATTERN=TYPE, another type for the matrices whose name has the pattern in it; may be repeated, the last that matches counts" };
        Option<string?> importance = new("--imatrix") { Description = "importance matrix, .gguf or .dat, as the imatrix command writes it" };
        Option<bool> again = new("--allow-requantize") { Description = "quantise what is quantised already, at the cost of quality" };
        Option<bool> uqff = new("--uqff") { Description = "write a UQFF folder, as mistral.rs reads it; -o names it" };
        Option<bool> dry = new("--dry-run") { Description = "list types and sizes, write nothing" };
        Option<int> threads = new("--threads", "-t") { Description = "threads; 0 takes all processors" };
        Command command = new("quantize", "Quantises a model to a GGUF file, or to a UQFF folder.") { input, type, output, overrides, importance, again, uqff, dry, threads };
        command.SetAction((parsed, cancel) => Failure.GuardInterruptibleAsync(() =>
        {
            ArgumentOutOfRangeException.ThrowIfNegative(parsed.GetValue(threads), "--threads");
            QuantizationOptions options = new()
            {
                Type = parsed.GetValue(type) ?? "",
                Overrides = parsed.GetValue(overrides) ?? [],
                Importance = parsed.GetValue(importance),
                AllowRequantize = parsed.GetValue(again),
                Threads = parsed.GetValue(threads),
            };
            string source = parsed.GetValue(input) ?? "";
            if (parsed.GetValue(uqff))
            {
                string folder = parsed.GetValue(output) is string named && !parsed.GetValue(dry)
                    ? named
                    : throw new ArgumentException("--uqff writes a folder: -o FOLDER is expected, and --dry-run is not");
                WriteFolder(source, folder, options, cancel);
                return 0;
            }

            using GgufQuantization quantization = GgufQuantization.Open(source, options);
            if (parsed.GetValue(dry))
            {
                new FactSheet(Console.Out, pretty: !Console.IsOutputRedirected).Write(quantization.Describe());
            }
            else
            {
                Write(quantization, parsed.GetValue(output) ?? quantization.DefaultOutput(), cancel);
            }

            return 0;
        }));
        return command;
    }

    private static void WriteFolder(string source, string folder, QuantizationOptions options, CancellationToken cancel)
    {
        FileProgressBar.Run(Path.GetFileName(folder), progress =>
        {
            UqffConversion.Convert(source, folder, options, progress, cancel);
            return 0;
        });
        long bytes = new DirectoryInfo(folder).EnumerateFiles().Sum(file => file.Length);
        Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"gemmasharp: wrote {folder}, {bytes / 1e6:F1} MB"));
    }

    private static void Write(GgufQuantization quantization, string output, CancellationToken cancel)
    {
        if (quantization.WithoutImportance is { Count: > 0 } names)
        {
            Console.Error.WriteLine($"gemmasharp: the importance matrix says nothing of {names.Count} matrices, whose columns count alike: {string.Join(", ", names.Take(3))}{(names.Count > 3 ? ", ..." : "")}");
        }

        FileProgressBar.Run(Path.GetFileName(output), progress =>
        {
            quantization.Write(output, progress, cancel);
            return 0;
        });
        Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"gemmasharp: wrote {output}, {new FileInfo(output).Length / 1e6:F1} MB"));
    }
}
