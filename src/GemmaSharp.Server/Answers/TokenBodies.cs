using GemmaSharp.Server.Contracts;

namespace GemmaSharp.Server.Answers;

/// <summary>Tokens and their probabilities as clients read them.</summary>
internal static class TokenBodies
{
    /// <summary>Tokens of a piece; null where there are none.</summary>
    public static LogProbabilityList? List(IReadOnlyList<(int Id, TokenProbabilities Probabilities)> tokens, GemmaEngine engine) => tokens.Count == 0
        ? null
        : new LogProbabilityList([.. tokens.Select(token => One(token.Id, token.Probabilities.Token, engine) with
        {
            TopLogprobs = [.. token.Probabilities.Most.Select(most => One(most.Id, most.LogProbability, engine))],
        })]);

    private static TokenBody One(int id, double probability, GemmaEngine engine)
    {
        (string text, byte[] bytes) = engine.Tokens.Describe(id);
        return new TokenBody(text, probability, Array.ConvertAll(bytes, one => (int)one));
    }
}
