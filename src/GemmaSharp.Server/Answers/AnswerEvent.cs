using GemmaSharp.Server.Tools;

namespace GemmaSharp.Server.Answers;

/// <summary>A piece of one of a request's answers.</summary>
/// <param name="Choice">Which answer, from 0.</param>
internal sealed record AnswerEvent(int Choice)
{
    /// <summary>New text; possibly empty.</summary>
    public string Text { get; init; } = "";

    /// <summary>The tokens that were drawn for it, with their probabilities where they are asked for.</summary>
    public IReadOnlyList<(int Id, TokenProbabilities Probabilities)> Tokens { get; init; } = [];

    /// <summary>Calls that the answer makes.</summary>
    public IReadOnlyList<ToolCall> Calls { get; init; } = [];

    /// <summary>Set in the last piece of an answer.</summary>
    public AnswerEnd? End { get; init; }
}

/// <summary>Why an answer ended.</summary>
/// <param name="Reason">"stop", "length" or "tool_calls".</param>
/// <param name="StopText">The stop text that came, or null.</param>
internal sealed record AnswerEnd(string Reason, string? StopText);
