using System.CommandLine;

namespace GemmaSharp.Cli.Parsing;

/// <summary>Which model is loaded and how: the options that every command with a model shares.</summary>
internal sealed class ModelArguments
{
    private const int MostThreads = 1024;
    private readonly Option<string?> _model = ModelChoice.CreateOption("folder of the model; the pocket model when left out");
    private readonly Option<int?> _context = NumberOption.Create("--ctx", ["-c"], 1, int.MaxValue, "the most tokens of the conversation; the model's limit when left out");
    private readonly Option<int?> _threads = NumberOption.Create("--threads", ["-t"], 0, MostThreads, "threads that compute; 0 takes all processors");

    public void AddTo(Command command)
    {
        foreach (Option option in (Option[])[_model, _context, _threads])
        {
            command.Options.Add(option);
        }
    }

    public ModelChoice Choose(ParseResult parsed) => ModelChoice.From(parsed.GetValue(_model));

    public GemmaEngine Load(ModelChoice model, ParseResult parsed) =>
        GemmaEngine.Load(model.Path, new EngineOptions { Threads = parsed.GetValue(_threads) ?? 0, ContextLength = parsed.GetValue(_context) });
}
