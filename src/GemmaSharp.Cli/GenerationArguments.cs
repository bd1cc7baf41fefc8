using System.CommandLine;

namespace GemmaSharp.Cli;

/// <summary>The options of a draw, by the names other engines use.</summary>
internal sealed class GenerationArguments
{
    private readonly Option<double?> _temperature = new("--temperature") { Description = "0 takes the most likely token" };
    private readonly Option<int?> _topK = new("--top-k") { Description = "keep the k most likely tokens" };
    private readonly Option<double?> _topP = new("--top-p") { Description = "keep the most likely that make up this share" };
    private readonly Option<double?> _minP = new("--min-p") { Description = "keep what has this share of the most likely one's probability" };
    private readonly Option<double?> _repeat = new("--repeat-penalty") { Description = "divides logits of tokens seen" };
    private readonly Option<double> _presence = new("--presence-penalty") { Description = "taken from tokens of the answer, once" };
    private readonly Option<double> _frequency = new("--frequency-penalty") { Description = "taken from tokens of the answer, every time" };
    private readonly Option<ulong?> _seed = new("--seed") { Description = "seed of the draw" };
    private readonly Option<int?> _most = new("--max-tokens", "-n") { Description = "the most tokens of an answer" };
    private readonly Option<string[]> _stop = new("--stop") { Description = "a text that ends the answer; may be repeated" };

    public void AddTo(Command command)
    {
        foreach (Option option in (Option[])[_temperature, _topK, _topP, _minP, _repeat, _presence, _frequency, _seed, _most, _stop])
        {
            command.Options.Add(option);
        }
    }

    public GenerationOptions Read(ParseResult parsed) => new()
    {
        Temperature = parsed.GetValue(_temperature),
        TopK = parsed.GetValue(_topK),
        TopP = parsed.GetValue(_topP),
        MinP = parsed.GetValue(_minP),
        RepetitionPenalty = parsed.GetValue(_repeat),
        PresencePenalty = parsed.GetValue(_presence),
        FrequencyPenalty = parsed.GetValue(_frequency),
        Seed = parsed.GetValue(_seed),
        MaxTokens = parsed.GetValue(_most),
        Stop = parsed.GetValue(_stop) ?? [],
    };
}
