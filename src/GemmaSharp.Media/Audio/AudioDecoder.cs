namespace GemmaSharp.Media.Audio;

/// <summary>Bytes of a sound file to samples; the content decides, not the name.</summary>
public static class AudioDecoder
{
    /// <summary>The longest sound that any caller may allow.</summary>
    public const int MostSeconds = 3600;

    private const int MaxBytes = 512 << 20;

    /// <summary>Decodes WAV by own code, every other container through ffmpeg.</summary>
    /// <param name="data">The file's bytes.</param>
    /// <param name="name">The file's name, for messages.</param>
    /// <param name="maxSeconds">The longest sound.</param>
    /// <exception cref="MediaException">Not a sound, damaged, empty, or ffmpeg is needed and missing.</exception>
    public static AudioClip Decode(ReadOnlySpan<byte> data, string name, int maxSeconds = MostSeconds)
    {
        if (data.IsEmpty)
        {
            throw new MediaException(MediaProblem.Empty, $"{name}: empty file, a sound expected");
        }

        if (data.Length > MaxBytes)
        {
            throw new MediaException(MediaProblem.TooLarge, $"{name}: {data.Length} bytes, at most {MaxBytes} expected");
        }

        // One second more than allowed shows that a sound is too long.
        AudioClip clip = WavDecoder.IsWav(data) ? WavDecoder.Decode(data, name)
            : IsContainer(data) ? FfmpegDecoder.Decode(data, name, maxSeconds + 1)
            : throw new MediaException(MediaProblem.NotAudio, $"{name}: not a sound file; WAV, MP3, FLAC, Ogg, M4A, WebM or AIFF expected");
        return clip.Samples.Length <= (long)maxSeconds * clip.SampleRate
            ? clip
            : throw new MediaException(MediaProblem.TooLarge, $"{name}: longer than {maxSeconds} seconds, the most that is taken");
    }

    private static bool IsContainer(ReadOnlySpan<byte> data) =>
        data.StartsWith("ID3"u8) || data.StartsWith("fLaC"u8) || data.StartsWith("OggS"u8) || data.StartsWith("caff"u8) || data.StartsWith("#!AMR"u8)
        || data.StartsWith<byte>([0x1A, 0x45, 0xDF, 0xA3]) || data.StartsWith<byte>([0x30, 0x26, 0xB2, 0x75])
        || (data.Length > 12 && data[4..].StartsWith("ftyp"u8)) || (data.Length > 12 && data.StartsWith("FORM"u8) && data[8..].StartsWith("AIF"u8))
        || (data.Length > 2 && data[0] == 0xFF && (data[1] & 0xE0) == 0xE0);
}
