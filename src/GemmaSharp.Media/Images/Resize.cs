namespace GemmaSharp.Media.Images;

/// <summary>Pillow's antialiased bilinear resize, bit for bit: columns first, 22-bit fixed point, rounded to bytes between the passes.</summary>
public static class Resize
{
    private const int FractionBits = 22;

    /// <summary>Stretches a picture to a size.</summary>
    public static RgbImage Bilinear(RgbImage image, int width, int height)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(height);
        RgbImage narrowed = image.Width == width ? image : Columns(image, width);
        return narrowed.Height == height ? narrowed : Rows(narrowed, height);
    }

    private static RgbImage Columns(RgbImage image, int width)
    {
        (int First, int[] Weights)[] taps = Taps(image.Width, width);
        byte[] into = new byte[width * image.Height * 3];
        for (int row = 0; row < image.Height; row++)
        {
            for (int column = 0; column < width; column++)
            {
                int start = ((row * image.Width) + taps[column].First) * 3;
                Mix(image.Pixels, start, 3, taps[column].Weights, into.AsSpan(((row * width) + column) * 3, 3));
            }
        }

        return new RgbImage(width, image.Height, into);
    }

    private static RgbImage Rows(RgbImage image, int height)
    {
        (int First, int[] Weights)[] taps = Taps(image.Height, height);
        int line = image.Width * 3;
        byte[] into = new byte[line * height];
        for (int row = 0; row < height; row++)
        {
            for (int column = 0; column < image.Width; column++)
            {
                Mix(image.Pixels, (taps[row].First * line) + (column * 3), line, taps[row].Weights, into.AsSpan((row * line) + (column * 3), 3));
            }
        }

        return new RgbImage(image.Width, height, into);
    }

    private static void Mix(byte[] pixels, int start, int step, int[] weights, Span<byte> into)
    {
        int red = 1 << (FractionBits - 1), green = red, blue = red;
        for (int tap = 0, at = start; tap < weights.Length; tap++, at += step)
        {
            red += pixels[at] * weights[tap];
            green += pixels[at + 1] * weights[tap];
            blue += pixels[at + 2] * weights[tap];
        }

        into[0] = (byte)int.Clamp(red >> FractionBits, 0, 255);
        into[1] = (byte)int.Clamp(green >> FractionBits, 0, 255);
        into[2] = (byte)int.Clamp(blue >> FractionBits, 0, 255);
    }

    // The triangle filter of half-width max(size / newSize, 1) around every new pixel's centre.
    private static (int First, int[] Weights)[] Taps(int size, int newSize)
    {
        double scale = (double)size / newSize, support = double.Max(scale, 1);
        (int, int[])[] taps = new (int, int[])[newSize];
        for (int at = 0; at < newSize; at++)
        {
            double center = (at + 0.5) * scale;
            int first = int.Max(0, (int)(center - support + 0.5)), end = int.Min(size, (int)(center + support + 0.5));
            double[] raw = new double[end - first];
            double sum = 0;
            for (int tap = 0; tap < raw.Length; tap++)
            {
                raw[tap] = double.Max(0, 1 - double.Abs((first + tap - center + 0.5) / support));
                sum += raw[tap];
            }

            taps[at] = (first, Array.ConvertAll(raw, weight => (int)((weight / sum * (1 << FractionBits)) + 0.5)));
        }

        return taps;
    }
}
