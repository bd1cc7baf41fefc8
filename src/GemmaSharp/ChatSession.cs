using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text;
using System.Threading.Channels;
using GemmaSharp.Generation;
using GemmaSharp.Prompting;

namespace GemmaSharp;

/// <summary>A conversation and its cache: only what is new is computed. One answer at a time.</summary>
public sealed class ChatSession : IDisposable
{
    private const int UpdatesAhead = 256;
    private readonly GemmaEngine _engine;
    private readonly Sequence _sequence;
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly List<ChatMessage> _history = [];

    internal ChatSession(GemmaEngine engine)
    {
        _engine = engine;
        _sequence = new Sequence(engine);
    }

    /// <summary>The conversation so far.</summary>
    public IReadOnlyList<ChatMessage> History => _history;

    /// <summary>Bytes of keys and values held.</summary>
    public long CacheBytes => _sequence.CacheBytes;

    /// <summary>Forgets the conversation.</summary>
    public void Clear() => _history.Clear();

    /// <summary>Adds a message without asking for an answer, such as standing instructions.</summary>
    public void Add(ChatMessage message) => _history.Add(message);

    /// <summary>Sends a message and streams the answer; the history keeps both, unless it fails or is cancelled.</summary>
    public async IAsyncEnumerable<GenerationUpdate> SendAsync(
        ChatMessage message, GenerationOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            Channel<GenerationUpdate> updates = Channel.CreateBounded<GenerationUpdate>(UpdatesAhead);
            Task answer = Task.Run(() => AnswerAsync(message, options ?? new GenerationOptions(), updates.Writer, stop.Token), CancellationToken.None);
            try
            {
                await foreach (GenerationUpdate update in updates.Reader.ReadAllAsync(cancellationToken).ConfigureAwait(false))
                {
                    yield return update;
                }
            }
            finally
            {
                await stop.CancelAsync().ConfigureAwait(false);
                await answer.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _sequence.Dispose();
        _turn.Dispose();
    }

    private async Task AnswerAsync(ChatMessage message, GenerationOptions options, ChannelWriter<GenerationUpdate> updates, CancellationToken cancel)
    {
        try
        {
            (ChatMessage[] messages, Prompt prompt, double seconds, string? notice) = Prepare(message, cancel);
            if (notice is not null)
            {
                await updates.WriteAsync(new GenerationUpdate("") { Notice = notice }, cancel).ConfigureAwait(false);
            }

            StringBuilder text = new();
            foreach (GenerationUpdate update in _sequence.Generate(prompt, options, seconds, cancel))
            {
                text.Append(update.Text);
                if (update.FinishReason is not null)
                {
                    _history.Clear();
                    _history.AddRange([.. messages, ChatMessage.Assistant(text.ToString())]);
                }

                await updates.WriteAsync(update, cancel).ConfigureAwait(false);
            }

            updates.Complete();
        }
        catch (Exception error)
        {
            updates.Complete(error);
        }
    }

    // Encodes media; a sound of several windows becomes as many parts.
    private (ChatMessage[] Messages, Prompt Prompt, double Seconds, string? Notice) Prepare(ChatMessage message, CancellationToken cancel)
    {
        long started = Stopwatch.GetTimestamp();
        ChatMessage[] messages = [.. _history, message];
        List<EncodedMedia> media = [];
        List<ChatMessage> expanded = [];
        string? notice = null;
        foreach (ChatMessage one in messages)
        {
            List<ContentPart> parts = [];
            foreach (ContentPart part in one.Parts)
            {
                cancel.ThrowIfCancellationRequested();
                IReadOnlyList<EncodedMedia> encoded = part.Kind == "text" ? [] : _engine.Media.Encode(part);
                media.AddRange(encoded);
                parts.AddRange(Enumerable.Repeat(part, int.Max(1, encoded.Count)));
                notice = encoded.Count > 1 && ReferenceEquals(one, message) ? $"{part.Value}: heard in {encoded.Count} windows" : notice;
            }

            expanded.Add(one with { Parts = parts });
        }

        Prompt prompt = new(_engine.Prompts.Encode(expanded), media);
        return (messages, prompt, Stopwatch.GetElapsedTime(started).TotalSeconds, notice);
    }
}
