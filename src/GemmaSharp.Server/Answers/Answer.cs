using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using GemmaSharp.Prompting;
using GemmaSharp.Server.Requests;
using GemmaSharp.Server.Scheduling;
using GemmaSharp.Server.Tools;

namespace GemmaSharp.Server.Answers;

/// <summary>A request that has its place and its prompt: its answers are drawn at the same time, each with a seed of its own.</summary>
/// <param name="place">The right to compute.</param>
/// <param name="prompt">What is answered.</param>
/// <param name="request">How.</param>
/// <param name="atOnce">How many of its answers are drawn at the same time.</param>
/// <param name="metrics">Counts tokens.</param>
internal sealed class Answer(Place place, Prompt prompt, AnswerRequest request, int atOnce, Metrics metrics) : IDisposable
{
    private readonly TaskCompletionSource _read = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ulong _seed = request.Options.Seed ?? BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong)));

    /// <summary>Tokens of the prompt.</summary>
    public int PromptTokens => prompt.Ids.Length;

    /// <summary>Counts and times; complete when all has been read.</summary>
    public AnswerCounts Counts { get; } = new(place.QueueSeconds, request.Choices);

    /// <summary>The engine, to name tokens by.</summary>
    public GemmaEngine Engine => place.Engine;

    /// <summary>The answers' pieces; leaving early ends the work within a step.</summary>
    public IAsyncEnumerable<AnswerEvent> ReadAsync(CancellationToken cancel)
    {
        Func<CancellationToken, IAsyncEnumerable<AnswerEvent>>[] choices =
            [.. Enumerable.Range(0, request.Choices).Select(choice => (Func<CancellationToken, IAsyncEnumerable<AnswerEvent>>)(stop => OneAsync(choice, stop)))];
        return choices is [var only] ? only(cancel) : Interleaved.ReadAsync(choices, atOnce, cancel);
    }

    public void Dispose() => place.Dispose();

    private async IAsyncEnumerable<AnswerEvent> OneAsync(int choice, [EnumeratorCancellation] CancellationToken cancel)
    {
        if (choice > 0)
        {
            // What the first has read, the others may find in a cache.
            await _read.Task.WaitAsync(cancel).ConfigureAwait(false);
        }

        GenerationOptions options = request.Options with { Seed = SeedOf(choice) };
        StringBuilder text = new();
        int told = 0;
        bool first = true;
        long last = Stopwatch.GetTimestamp();
        await foreach (GenerationUpdate update in place.GenerateAsync(prompt, options, cancel).ConfigureAwait(false))
        {
            _read.TrySetResult();
            text.Append(update.Text);
            if (update.TokenId is not null)
            {
                metrics.SeeToken(first, Stopwatch.GetElapsedTime(last).TotalSeconds + (first ? place.QueueSeconds + prompt.Costs.Sum(cost => cost.Seconds) : 0));
                (first, last) = (false, Stopwatch.GetTimestamp());
            }

            (int, TokenProbabilities)[] tokens = update is { TokenId: int id, Probabilities: TokenProbabilities likely } ? [(id, likely)] : [];
            if (update is { FinishReason: FinishReason reason, Usage: Usage usage })
            {
                Counts.Set(choice, usage);
                metrics.SeeAnswer(usage);
                yield return Last(choice, text.ToString(), told, new AnswerEnd(reason == FinishReason.Stop ? "stop" : "length", update.StopText)) with { Tokens = tokens };
                yield break;
            }

            int certain = request.Tools is ToolSet tools ? tools.Format.Certain(text.ToString()) : text.Length;
            if (certain > told || tokens.Length > 0)
            {
                yield return new AnswerEvent(choice) { Text = text.ToString(told, int.Max(0, certain - told)), Tokens = tokens };
                told = int.Max(told, certain);
            }
        }
    }

    private AnswerEvent Last(int choice, string all, int told, AnswerEnd end)
    {
        (string text, IReadOnlyList<(string Name, string Arguments)> calls) = end.Reason == "stop" && request.Tools is ToolSet tools ? tools.Parse(all) : (all, []);
        return new AnswerEvent(choice)
        {
            Text = text.Length > told ? text[told..] : "",
            Calls = [.. calls.Select(call => new ToolCall(Identifier.Create("call_"), call.Name, call.Arguments))],
            End = calls.Count > 0 ? end with { Reason = "tool_calls" } : end,
        };
    }

    // The first answer has the seed itself; SplitMix64's mixing keeps the streams of the others apart.
    private ulong SeedOf(int choice)
    {
        if (choice == 0)
        {
            return _seed;
        }

        ulong mixed = _seed ^ ((ulong)choice * 0xD1342543DE82EF95);
        mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
        return mixed ^ (mixed >> 31);
    }
}
