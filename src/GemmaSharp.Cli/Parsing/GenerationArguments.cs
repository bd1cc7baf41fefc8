using System.CommandLine;

namespace GemmaSharp.Cli.Parsing;

/// <summary>The options of a draw, by the names other engines use.</summary>
internal sealed class GenerationArguments
{
    private readonly Option<double?> _temperature = NumberOption.Create("--temperature", [], 0.0, 100, "sharpness of the draw; 0 takes the most likely token");
    private readonly Option<int?> _topK = NumberOption.Create("--top-k", [], 0, int.MaxValue, "keep the N most likely tokens; 0 keeps all");
    private readonly Option<double?> _topP = NumberOption.Create("--top-p", [], 0.0, 1, "keep the most likely tokens that make up this share; 1 keeps all");
    private readonly Option<double?> _minP = NumberOption.Create("--min-p", [], 0.0, 1, "keep tokens with at least this share of the most likely one's probability");
    private readonly Option<double?> _repeat = NumberOption.Create("--repeat-penalty", [], 1e-3, 1e3, "divides the logits of tokens seen in prompt and answer; 1 is none");
    private readonly Option<double?> _presence = NumberOption.Create("--presence-penalty", [], -1e3, 1e3, "taken from the logits of tokens in the answer, once");
    private readonly Option<double?> _frequency = NumberOption.Create("--frequency-penalty", [], -1e3, 1e3, "taken from the logits of tokens in the answer, for every time");
    private readonly Option<ulong?> _seed = NumberOption.Create("--seed", [], 0UL, ulong.MaxValue, "makes draws repeatable");
    private readonly Option<int?> _most = NumberOption.Create("--max-tokens", ["-n"], 1, int.MaxValue, "the most tokens of an answer");
    private readonly Option<bool> _ignoreEos = new("--ignore-eos") { Description = "goes on past the tokens that end an answer" };
    private readonly Option<string[]> _stop = new("--stop") { HelpName = "TEXT", Description = "ends the answer where this text would come; may be repeated" };

    private readonly GrammarArguments _grammar = new();
    private readonly DraftArguments _draft = new();

    public void AddTo(Command command)
    {
        foreach (Option option in (Option[])[_most, _ignoreEos, _stop, _temperature, _topK, _topP, _minP, _repeat, _presence, _frequency, _seed])
        {
            command.Options.Add(option);
        }

        _grammar.AddTo(command);
        _draft.AddTo(command);
    }

    public GenerationOptions Read(ParseResult parsed) => new()
    {
        Temperature = parsed.GetValue(_temperature),
        TopK = parsed.GetValue(_topK),
        TopP = parsed.GetValue(_topP),
        MinP = parsed.GetValue(_minP),
        RepetitionPenalty = parsed.GetValue(_repeat),
        PresencePenalty = parsed.GetValue(_presence) ?? 0,
        FrequencyPenalty = parsed.GetValue(_frequency) ?? 0,
        Seed = parsed.GetValue(_seed),
        MaxTokens = parsed.GetValue(_most),
        IgnoreEos = parsed.GetValue(_ignoreEos),
        Stop = parsed.GetValue(_stop) ?? [],
        Grammar = _grammar.Read(parsed),
        Draft = _draft.Read(parsed),
    };
}
