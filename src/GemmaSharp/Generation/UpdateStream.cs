using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace GemmaSharp.Generation;

/// <summary>A generation on a thread of its own; its updates wait in a bounded channel until they are read.</summary>
internal sealed class UpdateStream
{
    private const int UpdatesAhead = 256;
    private readonly Channel<GenerationUpdate> _updates = Channel.CreateBounded<GenerationUpdate>(UpdatesAhead);
    private readonly CancellationTokenSource _stop;

    /// <param name="generate">Makes the updates; its token is cancelled when the reader leaves.</param>
    /// <param name="cancel">Ends it, for any of these reasons.</param>
    public UpdateStream(Func<CancellationToken, IEnumerable<GenerationUpdate>> generate, params ReadOnlySpan<CancellationToken> cancel)
    {
        _stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        // It computes or waits for a pass all the time: the pool's threads, which serve everybody else, would soon be gone.
        Ended = Task.Factory.StartNew(() => Run(generate, _stop.Token), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    /// <summary>Done when the generation has left the model; never fails.</summary>
    public Task Ended { get; }

    /// <summary>The updates, then the error if there was one; leaving early ends the generation and waits for it.</summary>
    public async IAsyncEnumerable<GenerationUpdate> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        try
        {
            await foreach (GenerationUpdate update in _updates.Reader.ReadAllAsync(cancellationToken).ConfigureAwait(false))
            {
                yield return update;
            }
        }
        finally
        {
            await _stop.CancelAsync().ConfigureAwait(false);
            await Ended.ConfigureAwait(false);
            _stop.Dispose();
        }
    }

    private void Run(Func<CancellationToken, IEnumerable<GenerationUpdate>> generate, CancellationToken cancel)
    {
        try
        {
            foreach (GenerationUpdate update in generate(cancel))
            {
                if (!_updates.Writer.TryWrite(update))
                {
                    _updates.Writer.WriteAsync(update, cancel).AsTask().GetAwaiter().GetResult();
                }
            }

            _updates.Writer.Complete();
        }
        catch (Exception error)
        {
            _updates.Writer.Complete(error);
        }
    }
}
