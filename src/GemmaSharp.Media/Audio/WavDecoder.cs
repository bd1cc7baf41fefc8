using System.Buffers.Binary;

namespace GemmaSharp.Media.Audio;

/// <summary>RIFF and RF64 WAVE files of every common sample kind to one channel.</summary>
public static class WavDecoder
{
    private const int PcmTag = 1;
    private const int FloatTag = 3;
    private const int ALawTag = 6;
    private const int MuLawTag = 7;
    private const int ExtensibleTag = 0xFFFE;

    /// <summary>Whether the bytes begin as a WAVE file does.</summary>
    public static bool IsWav(ReadOnlySpan<byte> data) =>
        data.Length >= 12 && (data.StartsWith("RIFF"u8) || data.StartsWith("RF64"u8) || data.StartsWith("BW64"u8)) && data[8..].StartsWith("WAVE"u8);

    /// <summary>Decodes; channels are averaged.</summary>
    /// <exception cref="MediaException">Malformed, empty, or of a kind that is not supported.</exception>
    public static AudioClip Decode(ReadOnlySpan<byte> data, string name)
    {
        Format? format = null;
        for (long at = 12; at + 8 <= data.Length;)
        {
            ReadOnlySpan<byte> chunk = data[(int)at..];
            long size = BinaryPrimitives.ReadUInt32LittleEndian(chunk[4..]);
            ReadOnlySpan<byte> body = chunk[8..];
            if (chunk.StartsWith("fmt "u8))
            {
                format = Format.Read(body[..(int)long.Min(size, body.Length)], name);
            }
            else if (chunk.StartsWith("data"u8))
            {
                // Streamed files say 0 or 2^32-1; others may say more than is there.
                int length = size == 0 || size > body.Length ? body.Length : (int)size;
                return Convert(body[..length], format ?? throw Corrupt(name, "no 'fmt ' chunk stands before 'data'"), name);
            }

            at += 8 + size + (size & 1);
        }

        throw Corrupt(name, "no 'data' chunk found");
    }

    private static AudioClip Convert(ReadOnlySpan<byte> data, Format format, string name)
    {
        int frames = data.Length / (format.Bytes * format.Channels);
        if (frames == 0)
        {
            throw new MediaException(MediaProblem.NoSamples, $"{name}: a WAV file without samples");
        }

        float[] samples = new float[frames];
        for (int frame = 0; frame < frames; frame++)
        {
            double sum = 0;
            for (int channel = 0; channel < format.Channels; channel++)
            {
                sum += format.Sample(data[(((frame * format.Channels) + channel) * format.Bytes)..]);
            }

            samples[frame] = (float)(sum / format.Channels);
            if (!float.IsFinite(samples[frame]))
            {
                throw new MediaException(MediaProblem.NotFinite, $"{name}: sample {frame} is {samples[frame]}, a finite number expected");
            }
        }

        return new AudioClip(samples, format.Rate);
    }

    private static MediaException Corrupt(string name, string what) => new(MediaProblem.Corrupt, $"{name}: a damaged WAV file: {what}");

    private sealed record Format(int Tag, int Channels, int Rate, int Bytes)
    {
        public static Format Read(ReadOnlySpan<byte> body, string name)
        {
            if (body.Length < 16)
            {
                throw Corrupt(name, $"its 'fmt ' chunk has {body.Length} bytes, at least 16 expected");
            }

            int tag = BinaryPrimitives.ReadUInt16LittleEndian(body), channels = BinaryPrimitives.ReadUInt16LittleEndian(body[2..]);
            uint rate = BinaryPrimitives.ReadUInt32LittleEndian(body[4..]);
            int align = BinaryPrimitives.ReadUInt16LittleEndian(body[12..]), bits = BinaryPrimitives.ReadUInt16LittleEndian(body[14..]);
            tag = tag == ExtensibleTag && body.Length >= 26 ? BinaryPrimitives.ReadUInt16LittleEndian(body[24..]) : tag;
            int bytes = (bits + 7) / 8;
            bool supported = (tag, bytes) is (PcmTag, 1 or 2 or 3 or 4) or (FloatTag, 4 or 8) or (ALawTag or MuLawTag, 1);
            if (tag is not (PcmTag or FloatTag or ALawTag or MuLawTag))
            {
                throw new MediaException(MediaProblem.UnsupportedCodec, $"{name}: WAV of format tag 0x{tag:X} is not supported; PCM, float, A-law or mu-law expected");
            }

            return supported && channels is >= 1 and <= 64 && rate is >= 1000 and <= 768_000 && align == channels * bytes
                ? new Format(tag, channels, (int)rate, bytes)
                : throw Corrupt(name, $"{channels} channels at {rate} Hz, {bits} bits, frames of {align} bytes");
        }

        public double Sample(ReadOnlySpan<byte> at) => (Tag, Bytes) switch
        {
            (PcmTag, 1) => (at[0] - 128) / 128.0,
            (PcmTag, 2) => BinaryPrimitives.ReadInt16LittleEndian(at) / 32768.0,
            (PcmTag, 3) => ((at[0] << 8) | (at[1] << 16) | (at[2] << 24)) / 2147483648.0,
            (PcmTag, 4) => BinaryPrimitives.ReadInt32LittleEndian(at) / 2147483648.0,
            (FloatTag, 4) => BinaryPrimitives.ReadSingleLittleEndian(at),
            (FloatTag, _) => BinaryPrimitives.ReadDoubleLittleEndian(at),
            (ALawTag, _) => ALaw(at[0]) / 32768.0,
            _ => MuLaw(at[0]) / 32768.0,
        };

        // ITU-T G.711: even bits inverted, sign, exponent of 3 bits, mantissa of 4.
        private static int ALaw(byte code)
        {
            int value = code ^ 0x55, exponent = (value >> 4) & 7, mantissa = ((value & 15) << 4) + 8;
            int magnitude = exponent == 0 ? mantissa : (mantissa + 0x100) << (exponent - 1);
            return (value & 0x80) != 0 ? magnitude : -magnitude;
        }

        // ITU-T G.711: all bits inverted, bias 0x84.
        private static int MuLaw(byte code)
        {
            int value = ~code, magnitude = ((((value & 15) << 3) + 0x84) << ((value >> 4) & 7)) - 0x84;
            return (value & 0x80) != 0 ? -magnitude : magnitude;
        }
    }
}
