using GemmaSharp.Media;
using GemmaSharp.Media.Audio;
using GemmaSharp.Media.Images;
using GemmaSharp.Model;
using GemmaSharp.Model.Config;

namespace GemmaSharp.Prompting;

/// <summary>Files to rows for the decoder; what was encoded lately is kept by the hash of its bytes.</summary>
internal sealed class MediaEncoder(Gemma3nModel model, ProcessorConfig processor, MediaLimits limits)
{
    private const long MostKeptBytes = 256 << 20;
    private readonly MediaCache _cache = new(MostKeptBytes);

    /// <summary>Samples a second that the model takes.</summary>
    public int SampleRate => processor.Mel.SampleRate;

    /// <summary>A picture gives one item, a sound one for each window.</summary>
    /// <param name="part">The picture or sound.</param>
    /// <param name="tap">Sees the encoder's activations; with it nothing kept is taken.</param>
    public IReadOnlyList<EncodedMedia> Encode(ContentPart part, TensorTap? tap = null)
    {
        CheckKind(part);
        string key = MediaCache.Key(part);
        if (tap is null && _cache.Find(key) is IReadOnlyList<EncodedMedia> kept)
        {
            return kept;
        }

        IReadOnlyList<EncodedMedia> encoded = part.Kind == "image"
            ? [new EncodedMedia("image", model.EncodeImage(Picture(part).Pixels, processor.ImageWidth, processor.ImageHeight, tap))]
            : [.. Windows(part).Select(samples => EncodeWindow(samples, tap))];
        _cache.Add(key, encoded);
        return encoded;
    }

    /// <summary>Samples of at most one window.</summary>
    public EncodedMedia EncodeWindow(float[] samples, TensorTap? tap = null) => new("audio", model.EncodeAudio(samples, tap));

    /// <summary>The sound's samples at the rate the model takes.</summary>
    public float[] Samples(ContentPart part)
    {
        CheckKind(part);
        float[] samples = Resample.To(AudioDecoder.Decode(part.Data.Span, part.Value, limits.AudioSeconds), processor.Mel.SampleRate);
        int least = processor.Mel.FrameLength + 1;
        return samples.Length >= least
            ? samples
            : throw new MediaException(MediaProblem.TooShort, $"{part.Value}: {samples.Length} samples at {processor.Mel.SampleRate} Hz are too short, at least {least} expected");
    }

    /// <summary>The same samples in windows that the encoder takes one by one.</summary>
    public IReadOnlyList<float[]> Windows(ContentPart part)
    {
        float[] samples = Samples(part);
        return [.. AudioWindows.Split(samples, processor.Mel.SampleRate, model.MaxAudioSamples).Select(window => samples.AsSpan(window.Start, window.Length).ToArray())];
    }

    /// <summary>The picture at the size the model takes.</summary>
    public RgbImage Picture(ContentPart part) =>
        Resize.Bilinear(ImageDecoder.Decode(part.Data, part.Value, limits.ImagePixels), processor.ImageWidth, processor.ImageHeight);

    private void CheckKind(ContentPart part)
    {
        if (part.Kind == "image" ? !model.HasVision : !model.HasAudio)
        {
            throw new InvalidDataException($"{part.Value}: the model was loaded without an {part.Kind} encoder; leave out the {part.Kind}, or name the projector (an mmproj file) of a GGUF model");
        }
    }
}
