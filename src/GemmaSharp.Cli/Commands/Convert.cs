using System.CommandLine;
using System.Globalization;
using GemmaSharp.Conversion;

namespace GemmaSharp.Cli.Commands;

/// <summary>Makes GGUF files of Hugging Face folders.</summary>
internal static class Convert
{
    public static Command Create()
    {
        Argument<string> folder = new("folder") { HelpName = "FOLDER", Description = "model folder in Hugging Face's layout" };
        Option<string> output = new("--output", "-o") { Required = true, Description = "GGUF file to write" };
        Option<string> type = new("--outtype") { Description = "f32, f16, bf16, q8_0, or auto for the checkpoint's own 16 bits", DefaultValueFactory = _ => "auto" };
        Option<bool> projector = new("--mmproj") { Description = "write the image and audio encoders in place of the decoder" };
        Command command = new("convert", "Makes a GGUF file, or its projector, of a Hugging Face folder.") { folder, output, type, projector };
        command.SetAction((parsed, cancel) => Failure.GuardInterruptibleAsync(() => Run(
            parsed.GetValue(folder) ?? "", parsed.GetValue(output) ?? "",
            new ConversionOptions { OutputType = parsed.GetValue(type) ?? "auto", Projector = parsed.GetValue(projector) }, cancel)));
        return command;
    }

    private static int Run(string folder, string output, ConversionOptions options, CancellationToken cancel)
    {
        FileProgressBar.Run(Path.GetFileName(output), progress =>
        {
            GgufConversion.Convert(folder, output, options, progress, cancel);
            return 0;
        });
        Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"gemmasharp: wrote {output}, {new FileInfo(output).Length / 1e6:F1} MB"));
        return 0;
    }
}
