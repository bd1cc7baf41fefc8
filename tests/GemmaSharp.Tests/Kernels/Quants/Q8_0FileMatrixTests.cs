using System.IO.MemoryMappedFiles;
using GemmaSharp.Kernels.Memory;
using GemmaSharp.Kernels.Quants;
using GemmaSharp.Kernels.Tensors;
using GemmaSharp.Kernels.Threading;

namespace GemmaSharp.Tests.Kernels.Quants;

/// <summary>Weights multiplied in place have the bits of packed ones: any width of vectors, number of rows, prefix and scale.</summary>
public sealed class Q8_0FileMatrixTests
{
    private const int Rows = 64, Columns = 1120, BlockBytes = 34;
    private static readonly int[] Counts = [1, 2, 6, 8, 13, 200];

    public static TheoryData<string> Scales => ["usual", "subnormal", "any", "large", "not finite"];

    [Theory]
    [MemberData(nameof(Scales))]
    public void Multiply_EachWidth_BitsOfThePackedForm(string scales)
    {
        using Both both = new(Weights(scales));
        Compare(both.Packed, both.InPlace);
        foreach ((int rows, int columns) in ((int, int)[])[(50, 512), (Rows, 32), (1, Columns), (33, 1088), (16, 288)])
        {
            Compare((QuantMatrix<Q8_0Kernel>)both.Packed.Prefix(rows, columns), (Q8_0FileMatrix)both.InPlace.Prefix(rows, columns));
        }
    }

    [Theory]
    [MemberData(nameof(Scales))]
    public void ReadRow_EveryRow_ValuesOfThePackedForm(string scales)
    {
        using Both both = new(Weights(scales));
        float[] expected = new float[Columns], found = new float[Columns];
        for (int row = 0; row < Rows; row++)
        {
            both.Packed.ReadRow(row, expected);
            both.InPlace.ReadRow(row, found);
            Assert.Equal(expected, found);
        }

        Assert.Throws<ArgumentOutOfRangeException>(() => both.InPlace.ReadRow(Rows, found));
    }

    [Fact]
    public void Multiply_SharedWithSomeNotNeeded_BitsOfThePackedForm()
    {
        using Both both = new(Weights("usual"));
        float[] x = QuantBytes.Normal(new Random(4), Columns), needed = new float[Rows];
        (needed[17], needed[63]) = (1, -1);
        float[] expected = new float[Rows], found = new float[Rows], again = new float[Rows];
        using ThreadTeam team = new(2);

        both.Packed.MultiplyWhere(new Matrix(x, 1, Columns), new Matrix(needed, 1, Rows), new Matrix(expected, 1, Rows), team);
        both.InPlace.MultiplyWhere(new Matrix(x, 1, Columns), new Matrix(needed, 1, Rows), new Matrix(found, 1, Rows), team);

        Assert.Equal(expected, found);
        SharedProduct shared = new(new Matrix(x, 1, Columns), team);
        shared.Add(both.Packed, new Matrix(expected, 1, Rows));
        shared.Add(both.InPlace, new Matrix(found, 1, Rows));
        shared.Add(both.InPlace.Prefix(Rows, Columns), new Matrix(again, 1, Rows));
        shared.Run();
        Assert.Equal(expected, found);
        Assert.Equal(expected, again);
    }

    [Theory]
    [MemberData(nameof(Scales))]
    public void Adopt_WholeAndPrefixes_SameBitsFromThePackedForm(string scales)
    {
        byte[] bytes = Weights(scales);
        using LentBytes lent = new(bytes);
        using Q8_0FileMatrix matrix = new(Rows, Columns, lent.Bytes);
        WeightMatrix before = matrix.Prefix(50, 512), within = before.Prefix(33, 288);
        float[][] expected = [Product(matrix), Product(before), Product(within)];
        Assert.Same(matrix, matrix.Form);

        matrix.Adopt(matrix.PackApart((offset, into) => bytes.AsSpan((int)offset, into.Length).CopyTo(into)));
        lent.Zero();

        Assert.IsType<QuantMatrix<Q8_0Kernel>>(matrix.Form);
        Assert.IsType<QuantMatrix<Q8_0Kernel>>(before.Form);
        Assert.Same(before.Form, before.Form);
        Assert.Equal(expected, [Product(matrix), Product(before), Product(within)]);
        Assert.Equal(expected[1], Product(matrix.Prefix(50, 512)));
        (float[] row, float[] stored) = (new float[Columns], new float[Columns]);
        matrix.ReadRow(Rows - 1, row);
        matrix.Form.ReadRow(Rows - 1, stored);
        Assert.Equal(stored, row);
        Assert.Contains(row, value => value != 0);
    }

    [Fact]
    public void Adopt_OtherShape_Refused()
    {
        using Both both = new(Weights("usual"));

        Assert.Throws<ArgumentOutOfRangeException>(() => both.InPlace.Adopt(both.Packed.Prefix(Rows, 512)));
        Assert.Throws<ArgumentOutOfRangeException>(() => both.InPlace.Adopt(both.Packed.Prefix(48, Columns)));
        Assert.Throws<InvalidOperationException>(() => both.Packed.Adopt(both.Packed));
        Assert.Throws<InvalidOperationException>(() => both.Packed.PackApart((_, _) => { }));
    }

    [Fact]
    public void PackApart_ReaderFails_MatrixStaysInPlace()
    {
        using Both both = new(Weights("usual"));

        Assert.Throws<OperationCanceledException>(() => both.InPlace.PackApart((_, _) => throw new OperationCanceledException()));

        Assert.Same(both.InPlace, both.InPlace.Form);
        Compare(both.Packed, both.InPlace);
    }

    [Fact]
    public void Drop_PagesOfAMapping_ComeBackAsTheFileHasThem()
    {
        string path = Path.GetTempFileName();
        try
        {
            byte[] bytes = new byte[(4 * Environment.SystemPageSize) + 77];
            new Random(3).NextBytes(bytes);
            File.WriteAllBytes(path, bytes);
            using MemoryMappedFile file = MemoryMappedFile.CreateFromFile(path, FileMode.Open, null, 0, MemoryMappedFileAccess.Read);
            using MemoryMappedViewAccessor view = file.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
            using MappedBytes some = new(view.SafeMemoryMappedViewHandle, 5, bytes.Length - 5), few = new(view.SafeMemoryMappedViewHandle, 5, 9);

            some.Drop();
            few.Drop();

            byte[] found = new byte[bytes.Length];
            view.ReadArray(0, found, 0, found.Length);
            Assert.Equal(bytes, found);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void Bytes_AsMuchAsPacked()
    {
        const int rows = 512, columns = 1024;
        using LentBytes lent = new(new byte[rows * columns / 32 * BlockBytes]);
        using WeightMatrix matrix = WeightMatrix.InPlace(WeightType.Q8_0, rows, columns, lent.Bytes)!;

        Assert.Equal(WeightMatrix.BytesOf(WeightType.Q8_0, rows, columns), matrix.Bytes);
    }

    [Theory]
    [InlineData(0.03f, 0, true)]
    [InlineData(0.00006f, 512, false)] // subnormal, all of them
    [InlineData(0.00011f, 33, false)]
    [InlineData(0.00006f, 32, true)] // one row of 16
    [InlineData(0.0002f, 512, true)]
    [InlineData(0f, 512, true)]
    public void InPlace_SmallScalesInManyRows_LeftToBePacked(float scale, int rowsOfIt, bool expected)
    {
        const int rows = 512, columns = 1024;
        byte[] bytes = QuantBytes.Finite(WeightType.Q8_0, rows, columns, new Random(1));
        for (int block = 0; block < bytes.Length / BlockBytes; block++)
        {
            BitConverter.TryWriteBytes(bytes.AsSpan(block * BlockBytes), (Half)(block < rowsOfIt * columns / 32 ? scale : 0.01f));
        }

        using LentBytes lent = new(bytes);
        using WeightMatrix? matrix = WeightMatrix.InPlace(WeightType.Q8_0, rows, columns, lent.Bytes);

        Assert.Equal(expected, matrix is not null);
    }

    [Theory]
    [InlineData(WeightType.Q8_0, 512, 1024, true)]
    [InlineData(WeightType.Q8_0, 504, 1024, false)]
    [InlineData(WeightType.Q8_0, 16, 1024, false)]
    [InlineData(WeightType.Q4_0, 512, 1024, false)]
    public void IsInPlace_LargeQ8_0OfWholePanels(WeightType type, int rows, int columns, bool expected)
    {
        Assert.Equal(expected, WeightMatrix.IsInPlace(type, rows, columns));
        if (!expected)
        {
            using LentBytes lent = new(new byte[BlockBytes]);
            Assert.Throws<ArgumentException>(() => WeightMatrix.InPlace(type, rows, columns, lent.Bytes));
        }
    }

    [Fact]
    public void InPlace_OtherLengthThanTheShapes_Refused()
    {
        using LentBytes lent = new(new byte[BlockBytes]);

        Assert.Throws<ArgumentOutOfRangeException>(() => WeightMatrix.InPlace(WeightType.Q8_0, 512, 1024, lent.Bytes));
    }

    [Fact]
    public void Dispose_MappingGoneFirst_ProductsStillRead()
    {
        byte[] bytes = Weights("usual");
        LentBytes lent = new(bytes);
        using Q8_0FileMatrix matrix = new(Rows, Columns, lent.Bytes);
        float[] x = QuantBytes.Normal(new Random(2), Columns), before = QuantTiers.Portable(matrix, x, 1);

        lent.Dispose();

        Assert.Equal(before, QuantTiers.Portable(matrix, x, 1));
    }

    // Of two rows of values.
    private static float[] Product(WeightMatrix matrix)
    {
        const int count = 2;
        float[] x = QuantBytes.Normal(new Random(5), count * matrix.ColumnCount), into = new float[count * matrix.RowCount];
        using ThreadTeam team = new(2);
        matrix.Multiply(new Matrix(x, count, matrix.ColumnCount), new Matrix(into, count, matrix.RowCount), team);
        return into;
    }

    private static void Compare(QuantMatrix<Q8_0Kernel> packed, Q8_0FileMatrix inPlace)
    {
        Random random = new(11);
        foreach (int count in Counts)
        {
            float[] x = QuantBytes.Normal(random, count * packed.ColumnCount);
            (x[0], x[^1]) = (3e38f, 1e-37f);
            float[] expected = QuantTiers.Portable(packed, x, count);
            Assert.Equal(expected, QuantTiers.Portable(inPlace, x, count));
            QuantTiers.AssertWider(expected, inPlace, x, count);
        }
    }

    private static byte[] Weights(string scales)
    {
        Random random = new(7);
        byte[] bytes = QuantBytes.Finite(WeightType.Q8_0, Rows, Columns, random, subnormal: scales == "subnormal");
        for (int block = 0; block < bytes.Length && scales is "any" or "large" or "not finite"; block += BlockBytes)
        {
            // Finite halves end at 0x7BFF; a few rows have a block beyond them.
            ushort half = (ushort)(scales == "large" ? 0x7800 + random.Next(0x400) : random.Next(0x7C00) | (random.Next(2) << 15));
            half = scales == "not finite" && random.Next(100) == 0 ? (ushort)(0x7C00 + random.Next(2)) : half;
            BitConverter.TryWriteBytes(bytes.AsSpan(block), half);
        }

        return bytes;
    }

    /// <summary>The same weights in both forms.</summary>
    private sealed class Both : IDisposable
    {
        private readonly LentBytes _lent;

        public Both(byte[] bytes)
        {
            _lent = new LentBytes(bytes);
            Packed = QuantMatrix<Q8_0Kernel>.Pack(Rows, Columns, (offset, into) => bytes.AsSpan((int)offset, into.Length).CopyTo(into));
            InPlace = new Q8_0FileMatrix(Rows, Columns, _lent.Bytes);
        }

        public QuantMatrix<Q8_0Kernel> Packed { get; }

        public Q8_0FileMatrix InPlace { get; }

        public void Dispose()
        {
            Packed.Dispose();
            InPlace.Dispose();
            _lent.Dispose();
        }
    }
}
