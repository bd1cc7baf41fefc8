using SkiaSharp;

namespace GemmaSharp.Media.Images;

/// <summary>Bytes of a PNG, JPEG, WebP, GIF or BMP file to RGB pixels; the content decides, not the name.</summary>
public static class ImageDecoder
{
    /// <summary>The most pixels that any caller may allow.</summary>
    public const int MostPixels = 64_000_000;

    private const int MaxBytes = 256 << 20;

    /// <summary>Decodes the first frame, turned as its EXIF orientation says, transparency dropped.</summary>
    /// <param name="data">The file's bytes.</param>
    /// <param name="name">The file's name, for messages.</param>
    /// <param name="maxPixels">The most pixels.</param>
    /// <exception cref="MediaException">Not a picture, damaged, or too large; checked before pixels are allocated.</exception>
    public static RgbImage Decode(ReadOnlyMemory<byte> data, string name, int maxPixels = MostPixels)
    {
        if (data.IsEmpty)
        {
            throw new MediaException(MediaProblem.Empty, $"{name}: empty file, a picture expected");
        }

        if (data.Length > MaxBytes)
        {
            throw new MediaException(MediaProblem.TooLarge, $"{name}: {data.Length} bytes, at most {MaxBytes} expected");
        }

        using SKMemoryStream bytes = new(data.ToArray());
        using SKCodec codec = SKCodec.Create(bytes, out SKCodecResult opened)
            ?? throw NoCodec(data.Span, name, opened);
        SKImageInfo info = codec.Info;
        if (info.Width <= 0 || info.Height <= 0)
        {
            throw new MediaException(MediaProblem.Corrupt, $"{name}: {info.Width} x {info.Height} pixels, at least 1 x 1 expected");
        }

        return (long)info.Width * info.Height <= maxPixels
            ? Orient(ReadPixels(codec, data.Span, name), codec.EncodedOrigin)
            : throw new MediaException(MediaProblem.TooLarge, $"{name}: {info.Width} x {info.Height} pixels, at most {maxPixels} pixels expected");
    }

    private static RgbImage ReadPixels(SKCodec codec, ReadOnlySpan<byte> data, string name)
    {
        SKImageInfo wanted = new(codec.Info.Width, codec.Info.Height, SKColorType.Rgba8888, SKAlphaType.Unpremul);
        using SKBitmap bitmap = new(wanted);
        SKCodecResult result = codec.GetPixels(wanted, bitmap.GetPixels());
        if (result != SKCodecResult.Success || IsCutJpeg(data))
        {
            throw new MediaException(MediaProblem.Corrupt, $"{name}: a damaged or cut picture ({result}), {codec.Info.Width} x {codec.Info.Height} pixels expected");
        }

        ReadOnlySpan<byte> rgba = bitmap.GetPixelSpan();
        byte[] rgb = new byte[wanted.Width * wanted.Height * 3];
        for (int pixel = 0; pixel < wanted.Width * wanted.Height; pixel++)
        {
            rgba.Slice(pixel * 4, 3).CopyTo(rgb.AsSpan(pixel * 3));
        }

        return new RgbImage(wanted.Width, wanted.Height, rgb);
    }

    // Skia passes a progressive JPEG that ends before its end mark.
    private static bool IsCutJpeg(ReadOnlySpan<byte> data) => data.StartsWith<byte>([0xFF, 0xD8]) && data.LastIndexOf<byte>([0xFF, 0xD9]) < 0;

    private static MediaException NoCodec(ReadOnlySpan<byte> data, string name, SKCodecResult opened)
    {
        bool known = data.StartsWith<byte>([0x89, (byte)'P', (byte)'N', (byte)'G']) || data.StartsWith<byte>([0xFF, 0xD8, 0xFF])
            || data.StartsWith("GIF8"u8) || data.StartsWith("BM"u8) || (data.Length > 12 && data.StartsWith("RIFF"u8) && data[8..].StartsWith("WEBP"u8));
        return known
            ? new MediaException(MediaProblem.Corrupt, $"{name}: a damaged picture ({opened})")
            : new MediaException(MediaProblem.NotAnImage, $"{name}: not a picture; PNG, JPEG, WebP, GIF or BMP expected");
    }

    // EXIF: 2 mirrored, 3 half turn, 4 upside down, 5 to 8 with rows and columns exchanged.
    private static RgbImage Orient(RgbImage image, SKEncodedOrigin origin)
    {
        if (origin == SKEncodedOrigin.TopLeft)
        {
            return image;
        }

        bool swapped = origin is SKEncodedOrigin.LeftTop or SKEncodedOrigin.RightTop or SKEncodedOrigin.RightBottom or SKEncodedOrigin.LeftBottom;
        int width = swapped ? image.Height : image.Width, height = swapped ? image.Width : image.Height;
        byte[] into = new byte[image.Pixels.Length];
        for (int y = 0; y < height; y++)
        {
            for (int x = 0; x < width; x++)
            {
                (int fromX, int fromY) = origin switch
                {
                    SKEncodedOrigin.TopRight => (image.Width - 1 - x, y),
                    SKEncodedOrigin.BottomRight => (image.Width - 1 - x, image.Height - 1 - y),
                    SKEncodedOrigin.BottomLeft => (x, image.Height - 1 - y),
                    SKEncodedOrigin.LeftTop => (y, x),
                    SKEncodedOrigin.RightTop => (y, image.Height - 1 - x),
                    SKEncodedOrigin.RightBottom => (image.Width - 1 - y, image.Height - 1 - x),
                    _ => (image.Width - 1 - y, x),
                };
                image.Pixels.AsSpan(((fromY * image.Width) + fromX) * 3, 3).CopyTo(into.AsSpan(((y * width) + x) * 3));
            }
        }

        return new RgbImage(width, height, into);
    }
}
