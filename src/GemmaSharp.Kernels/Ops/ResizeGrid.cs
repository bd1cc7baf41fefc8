using GemmaSharp.Kernels.Tensors;

namespace GemmaSharp.Kernels.Ops;

/// <summary>Changes the size of a feature map [height * width, channels] without looking across channels.</summary>
public static class ResizeGrid
{
    /// <summary>Nearest: source index floor(i n_in / n_out).</summary>
    public static void Nearest(Matrix from, int height, int width, int newHeight, int newWidth, Matrix into)
    {
        for (int row = 0; row < newHeight; row++)
        {
            int source = int.Min((int)((long)row * height / newHeight), height - 1);
            for (int column = 0; column < newWidth; column++)
            {
                int at = int.Min((int)((long)column * width / newWidth), width - 1);
                from[(source * width) + at].CopyTo(into[(row * newWidth) + column]);
            }
        }
    }

    /// <summary>The mean of blocks of (height / newHeight) x (width / newWidth).</summary>
    public static void Average(Matrix from, int height, int width, int newHeight, int newWidth, Matrix into)
    {
        int tall = height / newHeight, wide = width / newWidth;
        for (int at = 0; at < newHeight * newWidth; at++)
        {
            Span<float> sum = into[at];
            sum.Clear();
            for (int row = 0; row < tall; row++)
            {
                for (int column = 0; column < wide; column++)
                {
                    Elementwise.Add(sum, from[((((at / newWidth) * tall) + row) * width) + (at % newWidth * wide) + column]);
                }
            }

            Elementwise.Scale(sum, 1f / (tall * wide), sum);
        }
    }

    /// <summary>Bilinear with half-pixel centres and no antialiasing.</summary>
    public static void Bilinear(Matrix from, int height, int width, int newHeight, int newWidth, Matrix into)
    {
        for (int row = 0; row < newHeight; row++)
        {
            (int top, int bottom, float down) = Source(row, height, newHeight);
            for (int column = 0; column < newWidth; column++)
            {
                (int left, int right, float across) = Source(column, width, newWidth);
                Span<float> sum = into[(row * newWidth) + column];
                sum.Clear();
                Elementwise.AddScaled(sum, (1 - down) * (1 - across), from[(top * width) + left]);
                Elementwise.AddScaled(sum, (1 - down) * across, from[(top * width) + right]);
                Elementwise.AddScaled(sum, down * (1 - across), from[(bottom * width) + left]);
                Elementwise.AddScaled(sum, down * across, from[(bottom * width) + right]);
            }
        }
    }

    private static (int Low, int High, float Share) Source(int index, int size, int newSize)
    {
        float place = float.Max(((index + 0.5f) * ((float)size / newSize)) - 0.5f, 0);
        int low = int.Min((int)place, size - 1);
        return (low, int.Min(low + 1, size - 1), place - low);
    }
}
