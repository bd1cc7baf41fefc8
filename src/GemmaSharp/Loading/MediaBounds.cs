using GemmaSharp.Model.Config;

namespace GemmaSharp.Loading;

/// <summary>How large pictures and how long sounds may be where memory is bounded, and what decoding one then holds.</summary>
/// <param name="Pixels">Of a picture.</param>
/// <param name="Seconds">Of a sound.</param>
internal readonly record struct MediaBounds(int Pixels, int Seconds)
{
    // A picture is held as its file, its pixels and a copy that is resized; a sound as samples of 48 kHz in stereo, once as they are stored
    // and once as floats, and as floats of 16 kHz.
    private const int PixelBytes = 12;
    private const int SecondBytes = (48_000 * 2 * (sizeof(short) + sizeof(float))) + (16_000 * sizeof(float));
    private const int Share = 16;
    private const int LeastPixels = 1 << 20;
    private const int LeastSeconds = 30;

    /// <summary>A sixteenth of the memory for what is decoded, a megapixel and a window of sound at least; never more than the options allow.</summary>
    public static MediaBounds Within(long limit, EngineOptions options) => new(
        int.Min(options.MaxImagePixels, (int)long.Clamp(limit / Share / PixelBytes, LeastPixels, int.MaxValue)),
        int.Min(options.MaxAudioSeconds, (int)long.Clamp(limit / Share / SecondBytes, LeastSeconds, int.MaxValue)));

    /// <summary>Bytes held while one is decoded, as far as the model takes them.</summary>
    public long Bytes(Gemma3nConfig config) =>
        long.Max(config.Vision is null ? 0 : (long)Pixels * PixelBytes, config.Audio is null ? 0 : (long)Seconds * SecondBytes);
}
