using GemmaSharp.Kernels.Tensors;
using GemmaSharp.Kernels.Threading;
using GemmaSharp.Model.Config;
using GemmaSharp.Model.Multimodal;

namespace GemmaSharp.Model.Audio;

/// <summary>Samples of a clip to a fixed number of rows for the decoder.</summary>
internal sealed class AudioEncoder(
    MelSpectrogram mel, AudioTower tower, EncoderMemory memory, ModalityEmbedder embedder, Gemma3nConfig config, MelConfig melConfig, ThreadTeam team)
    : IDisposable
{
    public ModalityEmbedder Embedder => embedder;

    /// <summary>Samples of the longest clip: one window, or less where its rows would not all find a place.</summary>
    public int MaxSamples { get; } = int.Min(melConfig.MaxSamples, mel.SampleCount((long)config.AudioSoftTokenCount * tower.FramesPerRow));

    /// <summary>Bytes of the tower's weights held now.</summary>
    public long TowerBytes => memory.Bytes;

    public static AudioEncoder Load(CheckpointNames names, AudioConfig audio, Gemma3nConfig config, ProcessorConfig processor, EncoderPolicy policy, ThreadTeam team)
    {
        if (processor.Mel.BinCount != audio.InputFeatureSize)
        {
            throw new InvalidDataException($"the processor makes {processor.Mel.BinCount} mel bins, audio_config.input_feat_size is {audio.InputFeatureSize}");
        }

        AudioTower tower = AudioTower.Load(names.AudioTower, audio, team);
        return new AudioEncoder(
            new MelSpectrogram(processor.Mel),
            tower,
            new EncoderMemory(tower, policy),
            ModalityEmbedder.Load(names.AudioEmbedder, audio.VocabSize, audio.HiddenSize, config.Text.HiddenSize, audio.RmsNormEpsilon, team),
            config,
            processor.Mel,
            team);
    }

    /// <summary>[audio soft tokens, hidden]; rows beyond the clip hold the padding embedding, the last id of the vocabulary.</summary>
    public float[] Forward(ReadOnlySpan<float> samples, TensorTap? tap, Action? pause = null)
    {
        if (samples.Length > MaxSamples)
        {
            throw new ArgumentException($"{samples.Length} samples in a clip, at most {MaxSamples} expected");
        }

        int hidden = config.Text.HiddenSize, bins = melConfig.BinCount;
        float[] features = mel.Forward(samples, team);
        tap?.Invoke("features", [features.Length / bins, bins], features);
        float[] encoded = Run(new Matrix(features, features.Length / bins, bins), tap, pause);
        int rows = encoded.Length / embedder.TowerSize;
        float[] soft = new float[config.AudioSoftTokenCount * hidden];
        embedder.Soft(new Matrix(encoded, rows, embedder.TowerSize), new Matrix(soft, rows, hidden), scale: 1f, team);
        tap?.Invoke("soft", [rows, hidden], soft.AsSpan(0, rows * hidden));
        int paddingIndex = config.InputVocabSize - 1 - (config.Audio?.VocabOffset ?? 0);
        for (int row = rows; row < config.AudioSoftTokenCount; row++)
        {
            embedder.Hard(paddingIndex, soft.AsSpan(row * hidden, hidden));
        }

        return soft;
    }

    public void Dispose()
    {
        tower.Dispose();
        embedder.Dispose();
    }

    private float[] Run(Matrix features, TensorTap? tap, Action? pause)
    {
        try
        {
            return tower.Forward(features, tap, pause);
        }
        finally
        {
            memory.Finish();
        }
    }
}
