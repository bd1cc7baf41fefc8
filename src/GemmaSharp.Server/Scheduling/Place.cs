using System.Runtime.CompilerServices;
using GemmaSharp.Generation;
using GemmaSharp.Prefixes;
using GemmaSharp.Prompting;
using GemmaSharp.Server.Http;

namespace GemmaSharp.Server.Scheduling;

/// <summary>
/// The right to compute: prompts are made and answers drawn within it, some at the same time. What was computed stays in the engine's cache of beginnings
/// for the same owner; others, who could tell it from the time an answer takes, find nothing of it.
/// </summary>
internal sealed class Place(Scheduler scheduler, ModelHold model, int owner, double queueSeconds) : IDisposable
{
    private bool _disposed;

    /// <summary>Seconds waited for it, and for the model.</summary>
    public double QueueSeconds => queueSeconds;

    /// <summary>The engine.</summary>
    public GemmaEngine Engine => model.Engine;

    /// <summary>The prompt of a conversation; pictures and sounds are encoded here.</summary>
    /// <exception cref="ApiException">It leaves no room for an answer.</exception>
    public async Task<Prompt> PrepareAsync(IReadOnlyList<ChatMessage> messages, CancellationToken cancel) =>
        Checked(await Task.Run(() => PromptPreparation.Prepare(Engine, messages, counted: 0, cancel), cancel).ConfigureAwait(false));

    /// <summary>The prompt of token ids.</summary>
    /// <exception cref="ApiException">It leaves no room for an answer.</exception>
    public Prompt Prepare(int[] ids) => Checked(new Prompt(ids, []));

    /// <summary>The prompt of a text without the chat template.</summary>
    /// <exception cref="ApiException">It leaves no room for an answer.</exception>
    public Prompt Prepare(string text) => Prepare(Engine.Prompts.EncodeText(text));

    /// <summary>Draws an answer; leaving early ends it within a step.</summary>
    public async IAsyncEnumerable<GenerationUpdate> GenerateAsync(Prompt prompt, GenerationOptions options, [EnumeratorCancellation] CancellationToken cancel)
    {
        using Sequence sequence = new(Engine, new PrefixTag(owner));
        UpdateStream answer = new(stop => sequence.Generate(prompt, options, stop), cancel, scheduler.Closing);
        await foreach (GenerationUpdate update in answer.ReadAsync(cancel).ConfigureAwait(false))
        {
            yield return update;
        }
    }

    public void Dispose()
    {
        if (!_disposed)
        {
            _disposed = true;
            scheduler.Leave();
            model.Dispose();
        }
    }

    private Prompt Checked(Prompt prompt) => prompt.Ids.Length < Engine.ContextLength
        ? prompt
        : throw ApiException.Bad(
            $"the prompt has {prompt.Ids.Length} tokens, the context holds {Engine.ContextLength} and needs room for an answer", "messages", "context_length_exceeded");
}
