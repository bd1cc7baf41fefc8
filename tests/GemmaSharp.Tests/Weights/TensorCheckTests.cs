using System.Security.Cryptography;
using GemmaSharp.Kernels.Tensors;
using GemmaSharp.Weights;

namespace GemmaSharp.Tests.Weights;

/// <summary>Finding weights that are no numbers.</summary>
public sealed class TensorCheckTests
{
    private const int Length = 1024;

    [Theory]
    [InlineData(WeightType.F32, 4, new byte[] { 0, 0, 0x80, 0x7F })]
    [InlineData(WeightType.F16, 2, new byte[] { 1, 0xFE })]
    [InlineData(WeightType.BF16, 2, new byte[] { 0xC0, 0x7F })]
    [InlineData(WeightType.Q8_0, 34, new byte[] { 0, 0x7C })]
    [InlineData(WeightType.Q4_1, 20, new byte[] { 0, 0, 0, 0x7E })]
    [InlineData(WeightType.Q4_K, 144, new byte[] { 0, 0, 0, 0xFC })]
    [InlineData(WeightType.MXFP4, 17, new byte[] { 255 })]
    public void Find_OneBadScale_NamesItsBlock(WeightType type, int blockBytes, byte[] bad)
    {
        byte[] bytes = new byte[WeightTypes.RowBytes(type, Length)];
        Assert.Null(TensorCheck.Find(new Source(bytes), Entry(type, bytes.Length), hash: null));
        bad.CopyTo(bytes, 2 * blockBytes);

        string? found = TensorCheck.Find(new Source(bytes), Entry(type, bytes.Length), hash: null);

        Assert.NotNull(found);
        Assert.StartsWith("1 ", found, StringComparison.Ordinal);
        Assert.EndsWith(" 2", found, StringComparison.Ordinal);
    }

    [Fact]
    public void Find_LargeTensor_HashOfAllItsBytes()
    {
        byte[] bytes = new byte[3_000_004];
        new Random(1).NextBytes(bytes);
        WeightEntry entry = new("t", "I32", [bytes.Length / 4], 0, bytes.Length, "test");
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

        Assert.Null(TensorCheck.Find(new Source(bytes), entry, hash));

        Assert.Equal(SHA256.HashData(bytes), hash.GetHashAndReset());
    }

    private static WeightEntry Entry(WeightType type, long bytes) => new("t", type.ToString(), [Length], 0, bytes, "test");

    private sealed class Source(byte[] bytes) : IWeightSource
    {
        public string Path => "test";

        public IReadOnlyList<WeightEntry> Entries => [];

        public IReadOnlyDictionary<string, string> Metadata => new Dictionary<string, string>();

        public WeightEntry? Find(string name) => null;

        public void Read(WeightEntry entry, long offset, Span<byte> into) => bytes.AsSpan((int)offset, into.Length).CopyTo(into);

        public void Dispose()
        {
        }
    }
}
