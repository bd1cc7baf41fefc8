using GemmaSharp.Grammar;
using GemmaSharp.Loading;
using GemmaSharp.Tokenization;

namespace GemmaSharp.Benchmarks;

/// <summary>What is asked for to measure drafts: answers with a period and without. Made-up weights say nothing by themselves, so biases and grammars make them; what is computed is the same.</summary>
/// <param name="Name">Says what the answer is like.</param>
/// <param name="Prompts">Asked one after the other, each in a conversation of its own.</param>
/// <param name="Options">How it is drawn.</param>
internal sealed record DraftWork(string Name, string[] Prompts, GenerationOptions Options)
{
    private const float Most = 100;
    private const int FirstToken = 5000;
    private const int Apart = 997;
    private const int Places = 12;
    private static readonly GenerationOptions Greedy = new() { Temperature = 0, IgnoreEos = true };
    private static readonly string[] Story = ["Tell me a story about a lighthouse keeper and the sea."];
    private static readonly string[] Trained = ["Count from 2 to 7.", "Count from 6 to 11.", "Name four colors as JSON.", "Repeat after me: triangle and white", "Good morning!"];

    /// <summary>The work for a model: a file is taken for one of made-up weights, a folder for the pocket model.</summary>
    public static IReadOnlyList<DraftWork> For(string model, ModelFiles files) => model.EndsWith(".gguf", StringComparison.Ordinal)
        ?
        [
            new("one token for ever", Story, Greedy with { LogitBias = Bias(Tokens(1)) }),
            new($"the same row of {Places} words", Story, Rows(files, less: 40)),
            new($"rows of {Places} words, two for each place", Story, Rows(files, less: 0)),
            new("what comes by itself", Story, Greedy),
            new("four tokens by lot", Story, new() { Temperature = 50, TopK = 4, TopP = 1, MinP = 0, Seed = 1, IgnoreEos = true, LogitBias = Bias(Tokens(4)) }),
        ]
        : [new("questions of its training", Trained, new() { Temperature = 0 })];

    // Two words to choose from at each place of a row, so that the grammar forces nothing; logits lie between -30 and 30, so that a bias of 40 less never wins.
    private static GenerationOptions Rows(ModelFiles files, int less)
    {
        int[] tokens = Tokens(2 * Places);
        string row = string.Concat(tokens.Chunk(2).Select(pair => $"({string.Join('|', pair.Select(id => Word(files.Tokenizer, id)))})"));
        Dictionary<int, float> bias = Bias(tokens);
        foreach (int[] pair in tokens.Chunk(2))
        {
            bias[pair[1]] -= less;
        }

        foreach (int end in files.Generation.EosTokenIds ?? files.Config.EosTokenIds)
        {
            bias[end] = -Most;
        }

        return new() { Temperature = 0, LogitBias = bias, Grammar = TextGrammar.FromRegex($"({row})+") };
    }

    private static string Word(Tokenizer tokenizer, int id)
    {
        TokenStreamDecoder decoder = new(tokenizer);
        return decoder.Push(id) + decoder.Flush();
    }

    private static int[] Tokens(int count) => [.. Enumerable.Range(0, count).Select(at => FirstToken + (Apart * at))];

    private static Dictionary<int, float> Bias(int[] tokens) => tokens.ToDictionary(id => id, _ => Most);
}
