using System.CommandLine;
using System.Globalization;
using GemmaSharp.Cli.Parsing;
using GemmaSharp.Synthesis;

namespace GemmaSharp.Cli.Commands;

/// <summary>Makes models of real shape with random weights, to measure with.</summary>
internal static class Synth
{
    public static Command Create()
    {
        Option<string> preset = new("--preset") { Required = true, HelpName = "NAME", Description = $"the shape: {string.Join(", ", SyntheticModel.PresetNames)}" };
        Option<string> type = new("--type") { HelpName = "TYPE", Description = $"one of {string.Join(", ", SyntheticModel.TypeNames)}", DefaultValueFactory = _ => "Q4_K_M" };
        Option<string> output = new("--output", "-o") { Required = true, HelpName = "OUT.gguf", Description = "GGUF file to write" };
        Option<int?> seed = NumberOption.Create("--seed", [], 0, int.MaxValue, "equal seeds give equal files; 1 when left out");
        Command command = new("synth", "Makes a GGUF file of a real model's shape with random weights, to measure with.") { preset, type, output, seed };
        command.SetAction((parsed, cancel) => Failure.GuardInterruptibleAsync(() =>
        {
            string file = OutputOption.Check(parsed.GetValue(output));
            SyntheticModel model = SyntheticModel.Plan(parsed.GetValue(preset) ?? "", parsed.GetValue(type) ?? "", parsed.GetValue(seed) ?? 1);
            FileProgressBar.Run(Path.GetFileName(file), progress =>
            {
                model.Write(file, progress, cancel);
                return 0;
            });
            Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"gemmasharp: wrote {file}, {new FileInfo(file).Length / 1e6:F1} MB"));
            return 0;
        }));
        return command;
    }
}
