using GemmaSharp.Kernels.Tensors;
using GemmaSharp.Tests.Kernels.Blocks;
using GemmaSharp.Weights;

namespace GemmaSharp.Tests.Weights;

/// <summary>Quantised tensors through the door that modules use.</summary>
public sealed class WeightScopeTests
{
    public static TheoryData<WeightType> Types => BlockFixture.AllBlockTypes;

    [Theory]
    [MemberData(nameof(Types))]
    public void MatrixRowsAndTensor_QuantisedWeights_SameValues(WeightType type)
    {
        const int rows = 18, columns = BlockFixture.Columns;
        using Tensors tensors = BlockFixture.Open();
        float[] expected = tensors.Floats($"{BlockFixture.Name(type)}.values"), row = new float[columns], part = new float[256];
        using OneTensor source = new(type, rows, columns, tensors.Bytes($"{BlockFixture.Name(type)}.bytes"));
        WeightScope scope = new(source);

        float[] whole = scope.Tensor(OneTensor.Name, rows, columns);
        RowTable table = scope.Rows(OneTensor.Name, rows, columns);
        using WeightMatrix matrix = scope.Matrix(OneTensor.Name, rows, columns);

        Assert.Equal(expected, whole);
        for (int index = 0; index < rows; index++)
        {
            table.ReadRow(index, row);
            Assert.Equal(expected[(index * columns)..((index + 1) * columns)], row);
            matrix.ReadRow(index, row);
            Assert.Equal(expected[(index * columns)..((index + 1) * columns)], row);
            table.ReadSlice(index, 256, part);
            Assert.Equal(expected[((index * columns) + 256)..((index + 1) * columns)], part);
        }
    }

    [Theory]
    [InlineData(WeightType.Q4_K, 128)]
    [InlineData(WeightType.Q4_0, 48)]
    public void MatrixRowsAndTensor_ColumnsInPartsOfBlocks_RefusedByName(WeightType type, int columns)
    {
        using OneTensor source = new(type, 2, columns, new byte[1024]);
        WeightScope scope = new(source);

        Assert.All(
            new Action[]
            {
                () => scope.Matrix(OneTensor.Name, 2, columns).Dispose(),
                () => scope.Rows(OneTensor.Name, 2, columns),
                () => scope.Tensor(OneTensor.Name, 2, columns),
            },
            take => Assert.Contains($"rows of {columns} weights found, whole {type} blocks", Assert.Throws<WeightException>(take).Message, StringComparison.Ordinal));
    }

    /// <summary>A checkpoint of one matrix in memory.</summary>
    private sealed class OneTensor(WeightType type, int rows, int columns, byte[] bytes) : IWeightSource
    {
        public const string Name = "weight";

        private readonly WeightEntry _entry = new(Name, type.ToString(), [rows, columns], 0, bytes.Length, "memory");

        public string Path => "memory";

        public IReadOnlyList<WeightEntry> Entries => [_entry];

        public IReadOnlyDictionary<string, string> Metadata => new Dictionary<string, string>();

        public WeightEntry? Find(string name) => name == Name ? _entry : null;

        public void Read(WeightEntry entry, long offset, Span<byte> into) => bytes.AsSpan((int)offset, into.Length).CopyTo(into);

        public void Dispose()
        {
        }
    }
}
