using GemmaSharp.Kernels.Threading;
using GemmaSharp.Model.Audio;
using GemmaSharp.Model.Vision;

namespace GemmaSharp.Model.Multimodal;

/// <summary>What a model sees and hears with: one encoding at a time, in steps between which passes of the decoder go.</summary>
/// <param name="images">Null where the model does not see.</param>
/// <param name="audio">Null where it does not hear.</param>
/// <param name="turns">Whose turn on the threads it is.</param>
/// <param name="team">The threads.</param>
/// <param name="threads">How many of them.</param>
internal sealed class Encoders(ImageEncoder? images, AudioEncoder? audio, ComputeTurns turns, ThreadTeam team, int threads) : IDisposable
{
    private readonly Lock _one = new();
    private bool _disposed;

    public bool SeeImages => images is not null;

    public bool HearAudio => audio is not null;

    /// <summary>Samples of the longest clip; 0 without an audio encoder.</summary>
    public int MaxAudioSamples => audio?.MaxSamples ?? 0;

    /// <summary>Bytes that their weights hold now.</summary>
    public long Bytes
    {
        get
        {
            lock (_one)
            {
                return (images?.TowerBytes ?? 0) + (audio?.TowerBytes ?? 0);
            }
        }
    }

    public float[] EncodeImage(ReadOnlySpan<byte> rgb, int width, int height, TensorTap? tap)
    {
        ImageEncoder encoder = images ?? throw new NotSupportedException("this model has no image encoder");
        lock (_one)
        {
            using ComputeTurns.Turn turn = turns.Enter();
            Prepare();
            return encoder.Forward(rgb, width, height, tap, Pause);
        }
    }

    public float[] EncodeAudio(ReadOnlySpan<float> samples, TensorTap? tap)
    {
        AudioEncoder encoder = audio ?? throw new NotSupportedException("this model has no audio encoder");
        lock (_one)
        {
            using ComputeTurns.Turn turn = turns.Enter();
            Prepare();
            return encoder.Forward(samples, tap, Pause);
        }
    }

    /// <summary>Gives the weights back, in a turn of the caller's; an encoding that lets it go first ends with <see cref="ObjectDisposedException"/>.</summary>
    public void Dispose()
    {
        _disposed = true;
        images?.Dispose();
        audio?.Dispose();
    }

    private void Pause()
    {
        turns.Pause();
        Prepare();
    }

    // Passes that went first have chosen their own threads.
    private void Prepare()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        team.Use(threads);
    }
}
