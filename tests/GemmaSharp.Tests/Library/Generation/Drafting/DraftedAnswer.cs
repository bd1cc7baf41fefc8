using System.Globalization;

namespace GemmaSharp.Tests.Library.Generation.Drafting;

/// <summary>All that a caller sees of an answer, but for its times.</summary>
internal static class DraftedAnswer
{
    /// <summary>One line an update, and the counts.</summary>
    public static async Task<(string[] Lines, Usage Usage)> AskAsync(ChatSession session, ChatMessage message, GenerationOptions options)
    {
        List<string> lines = [];
        Usage usage = new();
        await foreach (GenerationUpdate update in session.SendAsync(message, options))
        {
            string likely = update.Probabilities is TokenProbabilities all
                ? string.Join(' ', all.Most.Prepend((-1, all.Token)).Select(one => string.Create(CultureInfo.InvariantCulture, $"{one.Item1}:{one.Item2:R}")))
                : "";
            lines.Add($"{update.TokenId}|{update.Text}|{likely}|{update.FinishReason}|{update.StopText}");
            usage = update.Usage ?? usage;
        }

        return ([.. lines], usage);
    }

    /// <summary>The same in a session of its own.</summary>
    public static async Task<(string[] Lines, Usage Usage)> AskAsync(GemmaEngine engine, ChatMessage message, GenerationOptions options)
    {
        using ChatSession session = engine.CreateSession();
        return await AskAsync(session, message, options);
    }
}
