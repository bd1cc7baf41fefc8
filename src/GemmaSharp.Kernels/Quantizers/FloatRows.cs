namespace GemmaSharp.Kernels.Quantizers;

/// <summary>Rows as floats of 32 and 16 bits, rounded to nearest, ties to even.</summary>
internal static unsafe class FloatRows
{
    private const uint Infinity = 0x7F80_0000;
    private const ushort Quiet = 0x40;

    public static void F32(float* x, float* importance, int columns, byte* into) =>
        new ReadOnlySpan<float>(x, columns).CopyTo(new Span<float>(into, columns));

    public static void F16(float* x, float* importance, int columns, byte* into)
    {
        for (int column = 0; column < columns; column++)
        {
            CodePacking.Half(x[column], into + (2L * column));
        }
    }

    public static void BF16(float* x, float* importance, int columns, byte* into)
    {
        for (int column = 0; column < columns; column++)
        {
            uint bits = BitConverter.SingleToUInt32Bits(x[column]);
            bool isNan = (bits & ~0x8000_0000) > Infinity;
            ((ushort*)into)[column] = isNan ? (ushort)((bits >> 16) | Quiet) : (ushort)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
        }
    }
}
