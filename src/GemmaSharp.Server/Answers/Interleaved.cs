using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace GemmaSharp.Server.Answers;

/// <summary>Several streams read at the same time.</summary>
internal static class Interleaved
{
    private const int Ahead = 64;

    /// <summary>The pieces of all streams, each stream's in their order; the first error ends them all, and so does leaving early.</summary>
    /// <param name="streams">Begin a stream; their token is cancelled when it must end.</param>
    /// <param name="atOnce">How many may run.</param>
    /// <param name="cancel">Ends all.</param>
    public static async IAsyncEnumerable<T> ReadAsync<T>(
        IReadOnlyList<Func<CancellationToken, IAsyncEnumerable<T>>> streams, int atOnce, [EnumeratorCancellation] CancellationToken cancel)
    {
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        using SemaphoreSlim places = new(atOnce);
        Channel<T> pieces = Channel.CreateBounded<T>(Ahead);
        Task ended = EndAsync(streams.Select(stream => PumpAsync(stream, places, pieces.Writer, stop)).ToArray(), pieces.Writer);
        try
        {
            await foreach (T piece in pieces.Reader.ReadAllAsync(cancel).ConfigureAwait(false))
            {
                yield return piece;
            }
        }
        finally
        {
            await stop.CancelAsync().ConfigureAwait(false);
            await ended.ConfigureAwait(false);
        }
    }

    private static async Task PumpAsync<T>(Func<CancellationToken, IAsyncEnumerable<T>> stream, SemaphoreSlim places, ChannelWriter<T> writer, CancellationTokenSource stop)
    {
        try
        {
            await places.WaitAsync(stop.Token).ConfigureAwait(false);
            await foreach (T piece in stream(stop.Token).ConfigureAwait(false))
            {
                await writer.WriteAsync(piece, stop.Token).ConfigureAwait(false);
            }

            places.Release();
        }
        catch (Exception error)
        {
            // The first completes the channel; what follows are the others that it ends.
            writer.TryComplete(error);
            await stop.CancelAsync().ConfigureAwait(false);
        }
    }

    private static async Task EndAsync<T>(Task[] pumps, ChannelWriter<T> writer)
    {
        await Task.WhenAll(pumps).ConfigureAwait(false);
        writer.TryComplete();
    }
}
