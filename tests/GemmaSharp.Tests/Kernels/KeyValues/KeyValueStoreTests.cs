using GemmaSharp.Kernels.KeyValues;
using GemmaSharp.Kernels.Tensors;

namespace GemmaSharp.Tests.Kernels.KeyValues;

/// <summary>What a store holds, in which bits, and what it gives back.</summary>
public sealed class KeyValueStoreTests
{
    private const int Heads = 2, HeadDim = 48, Width = Heads * HeadDim;

    [Fact]
    public void Read_HalfPrecision_RoundedHalfToEven() => AssertStored(CacheType.F16, value => float.IsFinite((float)(Half)value) ? (float)(Half)value : float.CopySign(65504, value));

    [Fact]
    public void Read_UpperHalves_RoundedHalfToEven() => AssertStored(
        CacheType.BF16, value => BitConverter.UInt32BitsToSingle((BitConverter.SingleToUInt32Bits(value) + 0x7FFF + ((BitConverter.SingleToUInt32Bits(value) >> 16) & 1)) & 0xFFFF0000));

    [Fact]
    public void Read_Float32_AsWritten() => AssertStored(CacheType.F32, value => value);

    [Fact]
    public void Read_SignedBytes_WithinHalfAStep()
    {
        float[] rows = new float[Width];
        new Random(4).NextBytes(System.Runtime.InteropServices.MemoryMarshal.AsBytes(rows.AsSpan()));
        rows = [.. rows.Select(value => float.IsFinite(value) ? value % 8 : 1f)];
        (float[] keys, float[] values) = Stored(CacheType.Q8_0, rows);

        foreach ((float[] found, int head) in new[] { (keys, 0), (keys, 1), (values, 0), (values, 1) })
        {
            // A head of 48 has a group of 32 and one of 16.
            foreach (Range group in (Range[])[(head * HeadDim)..((head * HeadDim) + 32), ((head * HeadDim) + 32)..((head + 1) * HeadDim)])
            {
                float step = rows[group].Max(Math.Abs) / 127;
                Assert.All(rows[group].Zip(found[group]), pair => Assert.InRange(Math.Abs(pair.First - pair.Second), 0, step * 0.5001f));
            }
        }
    }

    [Theory]
    [InlineData(CacheType.F32, 128 * Width * 2 * 4)]
    [InlineData(CacheType.F16, 128 * Width * 2 * 2)]
    [InlineData(CacheType.BF16, 128 * Width * 2 * 2)]
    public void Bytes_GrowsByBlocksAndShrinks(CacheType type, long block)
    {
        // Dimensions of values are padded to panels of 32: here 64 for 48.
        long padded = block / 2 * 64 / 48 + (block / 2);
        using KeyValueStore store = new(type, Heads, HeadDim, 1000);
        Assert.Equal(0, store.Bytes);
        Append(store, 300);
        Assert.Equal(3 * padded, store.Bytes);

        store.Forget(255);
        Assert.Equal((128, 2 * padded), (store.FirstPosition, store.Bytes));
        store.Truncate(200);
        Assert.Equal((200, padded), (store.EndPosition, store.Bytes));
        store.Clear();
        Assert.Equal((0, 0, 0L), (store.FirstPosition, store.EndPosition, store.Bytes));
    }

    [Fact]
    public void Truncate_ThenAppend_HoldsTheNewRows()
    {
        using KeyValueStore store = new(CacheType.F32, Heads, HeadDim, 600);
        Append(store, 300);
        store.Truncate(250);
        float[] rows = Rows(60, seed: 2), keys = new float[rows.Length], values = new float[rows.Length];
        store.Append(new Matrix(rows, 60, Width), new Matrix(rows, 60, Width));

        store.Read(250, new Matrix(keys, 60, Width), new Matrix(values, 60, Width));

        Assert.Equal(rows, keys);
        Assert.Equal(rows, values);
    }

    [Fact]
    public void Append_BeyondTheContextOrDisposed_Refused()
    {
        KeyValueStore store = new(CacheType.F16, Heads, HeadDim, 130);
        Append(store, 100);

        Assert.Throws<ArgumentException>(() => Append(store, 31));
        store.Dispose();
        Assert.Throws<ObjectDisposedException>(() => Append(store, 1));
        Assert.Equal(0, store.Bytes);
    }

    [Fact]
    public void Truncate_OutsideWhatIsHeld_Refused()
    {
        using KeyValueStore store = new(CacheType.F16, Heads, HeadDim, 600);
        Append(store, 400);
        store.Forget(300);

        Assert.Throws<ArgumentOutOfRangeException>(() => store.Truncate(255));
        Assert.Throws<ArgumentOutOfRangeException>(() => store.Truncate(401));
        Assert.Throws<ArgumentOutOfRangeException>(() => store.Read(255, new Matrix(new float[Width], 1, Width), new Matrix(new float[Width], 1, Width)));
    }

    private static void AssertStored(CacheType type, Func<float, float> rounded)
    {
        // Normal and subnormal halves and what lies between them, ties, both ends of the range.
        float[] rows = [.. Enumerable.Range(0, 20 * Width).Select(at => Pattern(at))];
        (float[] keys, float[] values) = Stored(type, rows);
        float[] expected = Array.ConvertAll(rows, value => rounded(value));

        Assert.Equal(expected, keys);
        Assert.Equal(expected, values);
    }

    private static float Pattern(int at) => (at % 4) switch
    {
        0 => (float)BitConverter.UInt16BitsToHalf((ushort)((at * 7919) % 0x7C00)) * (1 + (MathF.ScaleB(1, -11) * (at % 3))),
        1 => -MathF.ScaleB(1 + (at % 97 / 96f), -10 - (at % 17)),
        2 => 65500 + (at % 64),
        _ => ((at * 31337 % 2001) - 1000) / 257f,
    };

    private static (float[] Keys, float[] Values) Stored(CacheType type, float[] rows)
    {
        int count = rows.Length / Width;
        float[] keys = new float[rows.Length], values = new float[rows.Length];
        using KeyValueStore store = new(type, Heads, HeadDim, count);
        store.Append(new Matrix(rows, count, Width), new Matrix(rows, count, Width));
        store.Read(0, new Matrix(keys, count, Width), new Matrix(values, count, Width));
        return (keys, values);
    }

    private static void Append(KeyValueStore store, int count) =>
        store.Append(new Matrix(Rows(count, seed: 1), count, Width), new Matrix(Rows(count, seed: 1), count, Width));

    private static float[] Rows(int count, int seed)
    {
        Random random = new(seed);
        return [.. Enumerable.Range(0, count * Width).Select(_ => random.NextSingle())];
    }
}
