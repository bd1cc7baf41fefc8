using GemmaSharp.Media.Audio;
using GemmaSharp.Media.Images;

namespace GemmaSharp.Prompting;

/// <summary>What pictures and sounds may hold, looked at before they are decoded or heard.</summary>
internal sealed record MediaLimits(int ImagePixels, int AudioSeconds)
{
    /// <summary>The limits of the options, checked.</summary>
    /// <exception cref="ArgumentException">Outside their range.</exception>
    public static MediaLimits From(EngineOptions options) => new(
        Check("pixels of a picture", options.MaxImagePixels, ImageDecoder.MostPixels),
        Check("seconds of a sound", options.MaxAudioSeconds, AudioDecoder.MostSeconds));

    private static int Check(string name, int value, int most) =>
        value >= 1 && value <= most ? value : throw new ArgumentException($"at most {value} {name}, 1 to {most} expected");
}
