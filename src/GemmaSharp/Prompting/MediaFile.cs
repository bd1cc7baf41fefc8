using GemmaSharp.Media;

namespace GemmaSharp.Prompting;

/// <summary>Bytes of a picture or sound from a file, bounded, and no video.</summary>
internal static class MediaFile
{
    private const int MostBytes = 512 << 20;

    public static ReadOnlyMemory<byte> Read(string path)
    {
        if (Directory.Exists(path))
        {
            throw new MediaException($"{path}: is a folder, a picture or sound file expected");
        }

        if (!File.Exists(path))
        {
            throw new FileNotFoundException($"{path}: no such file", path);
        }

        using FileStream file = File.OpenRead(path);
        using MemoryStream data = new();
        byte[] buffer = new byte[1 << 16];
        for (int count; (count = file.Read(buffer)) > 0; data.Write(buffer, 0, count))
        {
            if (data.Length + count > MostBytes)
            {
                throw new MediaException(MediaProblem.TooLarge, $"{path}: more than {MostBytes >> 20} MB, no picture or sound is that large");
            }
        }

        return Check(data.ToArray(), path);
    }

    public static ReadOnlyMemory<byte> Check(ReadOnlyMemory<byte> data, string name) => VideoContainer.Is(data.Span, name) ? throw NoVideo(name) : data;

    /// <summary>The refusal, which says what to do instead.</summary>
    public static Exception NoVideo(string name) => new MediaException(
        MediaProblem.UnsupportedCodec,
        $"{name}: Gemma 3n takes no video; cut single frames out as pictures for --image and the sound track as WAV for --audio (ffmpeg makes both)");
}
