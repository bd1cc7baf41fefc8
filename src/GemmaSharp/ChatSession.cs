using System.Runtime.CompilerServices;
using System.Text;
using GemmaSharp.Generation;
using GemmaSharp.Prefixes;
using GemmaSharp.Prompting;

namespace GemmaSharp;

/// <summary>
/// A conversation and its cache of keys and values: only what is new is computed. Sessions of one engine may answer at the same time; one session
/// gives one answer at a time, and a second call waits for the first.
/// </summary>
public sealed class ChatSession : IDisposable
{
    private readonly GemmaEngine _engine;
    private readonly Sequence _sequence;
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly CancellationTokenSource _closing = new();
    private readonly List<ChatMessage> _history = [];
    private Task _answer = Task.CompletedTask;

    internal ChatSession(GemmaEngine engine)
    {
        _engine = engine;
        _sequence = new Sequence(engine, new PrefixTag(Owner: null));
    }

    /// <summary>The conversation so far.</summary>
    public IReadOnlyList<ChatMessage> History => _history;

    /// <summary>Bytes of keys and values held, those that other sessions hold too included; 0 before the first answer and after disposal.</summary>
    public long CacheBytes => _sequence.CacheBytes;

    /// <summary>Forgets the conversation; not while an answer runs.</summary>
    public void Clear() => _history.Clear();

    /// <summary>Adds a message without asking for an answer, such as standing instructions.</summary>
    public void Add(ChatMessage message) => _history.Add(message);

    /// <summary>Sends a message and streams the answer; the history keeps both once its last update has been read.</summary>
    /// <param name="message">A user's turn, or any turn that the model's template lets follow the history.</param>
    /// <param name="options">How to draw and when to stop; null takes the model's own recommendation.</param>
    /// <param name="cancellationToken">Ends the answer within one pass of the model; the session can be asked again.</param>
    /// <returns>Pieces of text as they come; the last has <see cref="GenerationUpdate.FinishReason"/> and <see cref="GenerationUpdate.Usage"/>.</returns>
    /// <exception cref="ArgumentException">An option is outside its range.</exception>
    /// <exception cref="InvalidDataException">The prompt is longer than the context, the template refuses the turn, or the model has no encoder for a part.</exception>
    /// <exception cref="Media.MediaException">A picture or sound cannot be read.</exception>
    /// <exception cref="OperationCanceledException">Cancelled, or the session was disposed meanwhile.</exception>
    /// <exception cref="ObjectDisposedException">The session or the engine is disposed.</exception>
    public async IAsyncEnumerable<GenerationUpdate> SendAsync(
        ChatMessage message, GenerationOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(_closing.IsCancellationRequested, this);
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            GenerationOptions chosen = options ?? new GenerationOptions();
            ChatMessage[] messages = [.. _history, message];
            UpdateStream answer = new(cancel => Answer(messages, chosen, cancel), cancellationToken, _closing.Token);
            _answer = answer.Ended;
            StringBuilder text = new();
            await foreach (GenerationUpdate update in answer.ReadAsync(cancellationToken).ConfigureAwait(false))
            {
                text.Append(update.Text);
                if (update.FinishReason is not null)
                {
                    // Here and not where it is made: that runs ahead of a reader who may leave before the end.
                    _history.Clear();
                    _history.AddRange([.. messages, ChatMessage.Assistant(text.ToString())]);
                }

                yield return update;
            }
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Ends a running answer, waits until it has left the model, and gives the cache's memory back.</summary>
    public void Dispose()
    {
        _closing.Cancel();
        _answer.GetAwaiter().GetResult();
        _sequence.Dispose();
    }

    private IEnumerable<GenerationUpdate> Answer(ChatMessage[] messages, GenerationOptions options, CancellationToken cancel)
    {
        _engine.CheckSlice(options.Slice);
        Prompt prompt = PromptPreparation.Prepare(_engine, messages, counted: messages.Length - 1, cancel);
        IEnumerable<GenerationUpdate> notices = prompt.Costs.Where(one => one.Windows > 1)
            .Select(cut => new GenerationUpdate("") { Notice = $"{cut.Name}: heard in {cut.Windows} windows" });
        return notices.Concat(_sequence.Generate(prompt, options, cancel));
    }
}
