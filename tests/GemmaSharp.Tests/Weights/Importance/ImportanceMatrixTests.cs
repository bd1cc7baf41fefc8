using System.Text;
using GemmaSharp.Weights;
using GemmaSharp.Weights.Gguf;
using GemmaSharp.Weights.Importance;

namespace GemmaSharp.Tests.Weights.Importance;

/// <summary>Both forms of importance matrices, whole and damaged.</summary>
public sealed class ImportanceMatrixTests : IDisposable
{
    private readonly string _path = Path.Combine(Directory.CreateTempSubdirectory().FullName, "imatrix");

    public void Dispose() => Directory.Delete(Path.GetDirectoryName(_path)!, recursive: true);

    [Fact]
    public void Write_ThenRead_SameEntriesAndFacts()
    {
        new ImportanceMatrix(new Dictionary<string, ImportanceEntry> { ["blk.1.attn_q.weight"] = new([1, 2.5f, 0], 4), ["blk.0.ffn_up.weight"] = new([3], 2) })
        {
            Datasets = ["a.txt", "b.txt"], ChunkCount = 7, ChunkSize = 512,
        }.Write(_path);

        ImportanceMatrix read = ImportanceMatrix.Read(_path);

        Assert.Equal(["blk.0.ffn_up.weight", "blk.1.attn_q.weight"], read.Entries.Keys);
        Assert.Equal([0.25f, 0.625f, 0], read.Find("blk.1.attn_q.weight", 3)!);
        Assert.Equal((7, 512), (read.ChunkCount, read.ChunkSize));
        Assert.Equal(["a.txt", "b.txt"], read.Datasets);
        using GgufFile file = GgufFile.Open(_path);
        Assert.Equal("imatrix", file.Header.Text("general.type"));
        Assert.Equal([1L], file.Find("blk.0.ffn_up.weight.counts")!.Shape);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Read_OlderForm_MeansTimesCalls(bool dated)
    {
        File.WriteAllBytes(_path, Dat([2, 6], dated));

        ImportanceMatrix read = ImportanceMatrix.Read(_path);

        Assert.Equal([0.5f, 1.5f], read.Find("blk.0.attn_q.weight", 2)!);
        Assert.Equal(dated ? 9 : 0, read.ChunkCount);
        Assert.Equal(dated ? ["text"] : [], read.Datasets);
    }

    [Fact]
    public void Read_OlderFormCutAnywhere_Refused()
    {
        byte[] whole = Dat([2, 6], dated: true);
        int oldest = Dat([2, 6], dated: false).Length; // a cut there leaves a whole file of the oldest form
        foreach (int length in Enumerable.Range(0, whole.Length).Where(length => length != oldest))
        {
            File.WriteAllBytes(_path, whole[..length]);
            Assert.Throws<WeightException>(() => ImportanceMatrix.Read(_path));
        }
    }

    [Theory]
    [InlineData(-1f)]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void Read_NoSumOfSquares_Refused(float value)
    {
        File.WriteAllBytes(_path, Dat([2, value], dated: false));

        Assert.Contains("blk.0.attn_q.weight", Assert.Throws<WeightException>(() => ImportanceMatrix.Read(_path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_CountBeyondTheFile_RefusedBeforeMemoryIsTaken()
    {
        File.WriteAllBytes(_path, [1, 0, 0, 0, 1, 0, 0, 0, (byte)'a', 1, 0, 0, 0, 255, 255, 255, 127]);

        Assert.Contains("2147483647 columns", Assert.Throws<WeightException>(() => ImportanceMatrix.Read(_path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_ModelInsteadOfMatrix_Refused() =>
        Assert.Throws<WeightException>(() => ImportanceMatrix.Read(Fixture.Path("Gguf", "conv-bf16.gguf")));

    [Fact]
    public void Find_OtherWidthOrNothingSeen_RefusedOrNull()
    {
        ImportanceMatrix matrix = new(new Dictionary<string, ImportanceEntry> { ["a"] = new([1, 2], 1), ["b"] = new([0, 0], 0) });

        Assert.Throws<WeightException>(() => matrix.Find("a", 3));
        Assert.Null(matrix.Find("b", 2));
        Assert.Null(matrix.Find("c", 2));
    }

    private static byte[] Dat(float[] values, bool dated)
    {
        using MemoryStream stream = new();
        using BinaryWriter writer = new(stream);
        writer.Write(1);
        Text("blk.0.attn_q.weight");
        writer.Write(4);
        writer.Write(values.Length);
        Array.ForEach(values, writer.Write);
        if (dated)
        {
            writer.Write(9);
            Text("text");
        }

        return stream.ToArray();

        void Text(string text)
        {
            writer.Write(text.Length);
            writer.Write(Encoding.UTF8.GetBytes(text));
        }
    }
}
