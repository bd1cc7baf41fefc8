using System.CommandLine;
using System.Globalization;
using GemmaSharp.Diagnostics;
using GemmaSharp.Prompting;

namespace GemmaSharp.Cli.Commands;

/// <summary>Writes logits and activations for comparison with a reference.</summary>
internal static class Logits
{
    public static Command Create(string[] arguments)
    {
        Option<string?> model = new("--model", "-m") { Description = "folder of the model" }, ids = new("--ids") { Description = "token ids, with commas between" };
        Option<string?> prompt = new("--prompt", "-p") { Description = "a prompt, through the chat template" }, taps = new("--taps") { Description = "names of activations, with commas between" };
        Option<string[]> image = new("--image") { Description = "a picture" }, audio = new("--audio") { Description = "a sound" };
        Option<int> greedy = new("--greedy") { Description = "tokens to continue by" }, threads = new("--threads", "-t") { Description = "threads" };
        Option<string> output = new("--output", "-o") { Required = true, Description = "safetensors file to write" };
        Option<string?> projector = ProjectorOption.Create();
        Command command = new("logits", "write logits and activations to a safetensors file") { model, projector, ids, prompt, taps, image, audio, greedy, threads, output };
        command.SetAction((parsed, _) => Failure.GuardAsync(() =>
        {
            using GemmaEngine engine = Run.Load(parsed.GetValue(model), parsed.GetValue(projector), parsed.GetValue(threads), context: null);
            Prompt given = parsed.GetValue(ids) is string listed
                ? new Prompt(ReadIds(listed), [])
                : ReferenceDump.Prompt(engine, parsed.GetValue(prompt) ?? throw new ArgumentException("--ids or -p is needed"), MediaArguments.Read(arguments));
            string[] names = (parsed.GetValue(taps) ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            int count = parsed.GetValue(greedy);
            ArgumentOutOfRangeException.ThrowIfNegative(count, "--greedy");
            ReferenceDump.Logits(engine, given, count, [.. names.Distinct()], parsed.GetValue(output) ?? "");
        }));
        return command;
    }

    private static int[] ReadIds(string listed) => [.. listed.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
        .Select(id => int.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out int value) ? value : throw new ArgumentException($"--ids: '{id}' is no token id"))];
}
