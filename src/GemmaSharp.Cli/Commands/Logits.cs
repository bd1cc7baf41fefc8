using System.CommandLine;
using System.Globalization;
using GemmaSharp.Cli.Parsing;
using GemmaSharp.Diagnostics;
using GemmaSharp.Prompting;

namespace GemmaSharp.Cli.Commands;

/// <summary>Writes logits and activations for comparison with a reference.</summary>
internal sealed class Logits
{
    private readonly MediaArguments _media = new();
    private readonly ModelArguments _model = new();
    private readonly Option<string?> _ids = new("--ids") { HelpName = "2,105,...", Description = "token ids, with commas between" };
    private readonly Option<string?> _prompt = new("--prompt", "-p") { HelpName = "TEXT", Description = "a prompt, through the chat template; instead of --ids" };
    private readonly Option<int?> _greedy = NumberOption.Create("--greedy", [], 0, int.MaxValue, "continue by N most likely tokens");
    private readonly Option<string?> _taps = new("--taps") { HelpName = "NAME,...", Description = "activations to write, such as layer_in.0 or blocks.0.0" };
    private readonly Option<string> _output = OutputOption.Create();

    public static Command Create()
    {
        Logits logits = new();
        Command command = new("logits", "Writes logits, a greedy continuation and named activations to a safetensors file, to compare with a reference.")
        {
            logits._ids, logits._prompt,
        };
        logits._media.AddTo(command);
        foreach (Option option in (Option[])[logits._greedy, logits._taps, logits._output])
        {
            command.Options.Add(option);
        }

        logits._model.AddTo(command);
        command.SetAction((parsed, _) => Failure.GuardAsync(() => logits.WriteAsync(parsed)));
        return command;
    }

    private async Task<int> WriteAsync(ParseResult parsed)
    {
        string output = OutputOption.Check(parsed.GetValue(_output));
        IReadOnlyList<ContentPart> media = _media.Read(parsed);
        string? listed = parsed.GetValue(_ids), text = parsed.GetValue(_prompt);
        if (listed is null == text is null || (listed is not null && media.Count > 0))
        {
            throw new ArgumentException("either --ids, or -p with its --image and --audio, is expected");
        }

        int[]? ids = listed is null ? null : ReadIds(listed);
        TapRecords taps = new(Names(parsed.GetValue(_taps) ?? "").Except(ReferenceDump.AlwaysWritten));
        ModelChoice model = await _model.ChooseAsync(parsed).ConfigureAwait(false);
        EngineOptions options = _model.ReadOptions(model, parsed);
        using GemmaEngine engine = GemmaEngine.Load(model.Path, options with { CacheType = options.CacheType ?? "f32" });
        Prompt prompt = ids is not null ? new Prompt(ids, []) : ReferenceDump.Prompt(engine, text ?? "", media, taps);
        ReferenceDump.Logits(engine, prompt, parsed.GetValue(_greedy) ?? 0, taps, output);
        Screen screen = new(Console.Error);
        model.Say(screen);
        ModelArguments.Say(engine, screen);
        return 0;
    }

    private static int[] ReadIds(string listed) =>
        [.. Names(listed).Select(id => int.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out int value) ? value : throw new ArgumentException($"--ids: '{id}' is no token id"))];

    private static string[] Names(string listed) => listed.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}
