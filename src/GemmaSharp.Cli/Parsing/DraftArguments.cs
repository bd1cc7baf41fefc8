using System.CommandLine;
using GemmaSharp.Generation.Drafting;

namespace GemmaSharp.Cli.Parsing;

/// <summary>How tokens are drafted, to be verified several at once.</summary>
internal sealed class DraftArguments
{
    private readonly Option<string?> _method = new("--draft") { HelpName = "none|grammar|ngram", Description = "draft tokens and verify them together, which changes the speed and not the answer: what a grammar leaves no choice about, or also what came before; grammar when left out" };
    private readonly Option<string?> _slice = new("--draft-slice") { HelpName = "NAME", Description = "a slice of the model that drafts where --draft has nothing" };
    private readonly Option<int?> _tokens = NumberOption.Create("--draft-tokens", [], 1, DraftedSteps.MostDrafts, "drafts that are verified together; as many as pay when left out");

    public void AddTo(Command command)
    {
        command.Options.Add(_method);
        command.Options.Add(_slice);
        command.Options.Add(_tokens);
    }

    public DraftOptions Read(ParseResult parsed)
    {
        DraftOptions usual = new();
        return new DraftOptions { Method = parsed.GetValue(_method) ?? usual.Method, Slice = parsed.GetValue(_slice), Tokens = parsed.GetValue(_tokens) };
    }
}
