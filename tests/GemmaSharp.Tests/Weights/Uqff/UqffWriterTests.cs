using GemmaSharp.Kernels.Tensors;
using GemmaSharp.Weights;
using GemmaSharp.Weights.Gguf;
using GemmaSharp.Weights.Safetensors;
using GemmaSharp.Weights.Uqff;

namespace GemmaSharp.Tests.Weights.Uqff;

/// <summary>Writing UQFF: bytes, shards, names that are refused, and what is left of a run that breaks.</summary>
public sealed class UqffWriterTests : IDisposable
{
    private const int Rows = 4;
    private const int Columns = 32;
    private const int LayerBytes = Rows * 34;

    private readonly string _parent = Directory.CreateTempSubdirectory("uqff-writer").FullName;

    private string Output => Path.Combine(_parent, "out");

    public void Dispose() => Directory.Delete(_parent, recursive: true);

    [Theory]
    [InlineData("q4k")]
    [InlineData("q6k")]
    [InlineData("q8_0")]
    public void Write_LayerOfAnOriginalFile_SameEntriesOrderAndBytes(string type)
    {
        string original = Fixture.Path("Uqff", $"{type}-0.uqff");
        using UqffFile file = UqffFile.Open(original);
        GgufTensor[] layers = [.. file.Entries.Select(entry => new GgufTensor(entry.Name, WeightTypes.Parse(entry.TypeName)!.Value, entry.Shape, StreamedTensor.Copy(file, entry, entry.Name).Data))];

        Assert.Equal([$"{type}-0.uqff"], Write(new UqffContents { Stem = type, Layers = layers, Residual = [] }));

        using Tensors expected = Tensors.Open(original), made = Tensors.Open(Path.Combine(Output, $"{type}-0.uqff"));
        Assert.Equal(expected.Entries.Select(Facts), made.Entries.Select(Facts));
        Assert.All(expected.Entries, entry => Assert.Equal(expected.Bytes(entry.Name), made.Bytes(entry.Name)));
    }

    [Fact]
    public void Write_MoreThanAShardHolds_SeveralInTheOrderOfKeys()
    {
        UqffContents contents = new()
        {
            Stem = "q8_0", Layers = [Layer("m.10"), Layer("m.2"), Layer("m.1"), Layer("m.0", rows: 3 * Rows)], Residual = [Floats("m.norm.weight")], ShardBytes = 2 * LayerBytes,
        };

        string[] shards = [.. Write(contents).Select(name => Path.Combine(Output, name))];

        Assert.Equal(["q8_0-0.uqff", "q8_0-1.uqff", "q8_0-2.uqff"], shards.Select(Path.GetFileName));
        Assert.Equal(["m.0", "m.1 m.10", "m.2"], shards.Select(Keys));
        using UqffFile file = UqffFile.Open(shards[0]);
        Assert.Equal(5, file.Entries.Count);
        Assert.All(contents.Layers, layer => Assert.Equal(Data(layer.Data), Data(StreamedTensor.Copy(file, file.Find(layer.Name)!, "").Data)));
        Assert.Equal(Data(contents.Residual[0].Data), Data(StreamedTensor.Copy(file, file.Find("m.norm.weight")!, "").Data));
    }

    [Fact]
    public void Write_Progress_GrowsToTheWhole()
    {
        List<(long Done, long Total)> told = [];

        NewFolder.Write(Output, folder => UqffWriter.Write(folder, Contents(Layer("a"), Layer("b")), (_, done, total) => told.Add((done, total)), CancellationToken.None));

        Assert.Equal(told.Order(), told);
        Assert.Equal(told[^1].Total, told[^1].Done);
    }

    [Theory]
    [InlineData("../q8_0")]
    [InlineData("/tmp/q8_0")]
    [InlineData("a/b")]
    [InlineData("a\\b")]
    [InlineData("c:q8_0")]
    [InlineData("..")]
    [InlineData("")]
    public void Write_StemThatIsAPath_Refused(string stem)
    {
        Assert.Throws<ArgumentException>(() => Write(Contents(Layer("a")) with { Stem = stem }));

        Assert.Empty(Directory.GetFileSystemEntries(_parent));
    }

    [Fact]
    public void Write_NamesThatArePaths_StayInTheHeader()
    {
        Write(Contents(Layer("../../escaped"), Layer("/tmp/escaped")) with { Residual = [Floats("../escaped.safetensors")] });

        Assert.Equal([Output], Directory.GetFileSystemEntries(_parent));
        Assert.Equal(["q8_0-0.uqff", "residual.safetensors"], Directory.GetFiles(Output).Select(Path.GetFileName).Order());
        using UqffFile file = UqffFile.Open(Path.Combine(Output, "q8_0-0.uqff"));
        Assert.Equal(["../../escaped.weight", "/tmp/escaped.weight", "../escaped.safetensors"], file.Entries.Select(entry => entry.Name));
    }

    [Theory]
    [InlineData("a.weight")]
    [InlineData("__metadata__")]
    [InlineData("b.weight")]
    public void Write_NameThatIsTaken_RefusedAndNothingLeft(string residual)
    {
        UqffContents contents = Contents(Layer("a"), Layer("c")) with { Residual = [Floats("b.weight"), Floats(residual)] };

        Assert.Contains(residual, Assert.Throws<WeightException>(() => Write(contents)).Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(_parent));
    }

    [Fact]
    public void Write_WhatIsNoLayer_Refused()
    {
        Assert.Throws<ArgumentException>(() => Write(Contents(Layer("a") with { Name = "a.bias" })));
        Assert.Throws<ArgumentException>(() => Write(Contents(Layer("a") with { Name = ".weight" })));
        Assert.Throws<ArgumentException>(() => Write(Contents(Layer("a") with { Type = WeightType.IQ4_NL })));
        Assert.Throws<ArgumentException>(() => Write(Contents(Layer("a") with { Shape = [Rows * Columns] })));
        Assert.Empty(Directory.GetFileSystemEntries(_parent));
    }

    [Fact]
    public void Write_SourceThatBreaksInTheLastFile_NothingLeft()
    {
        UqffContents contents = Contents(Layer("a")) with { Residual = [Floats("norm.weight") with { Data = Broken() }] };

        Assert.Throws<WeightException>(() => Write(contents));
        Assert.Empty(Directory.GetFileSystemEntries(_parent));
    }

    [Fact]
    public void Write_FewerBytesThanPromised_AnErrorAndNothingLeft()
    {
        Assert.Throws<InvalidOperationException>(() => Write(Contents(Layer("a") with { Data = [new byte[LayerBytes - 1]] })));
        Assert.Empty(Directory.GetFileSystemEntries(_parent));
    }

    [Fact]
    public void Write_FolderThatIsFull_RefusedAndUntouched()
    {
        Directory.CreateDirectory(Output);
        Write(Contents(Layer("a")));
        string[] before = Directory.GetFileSystemEntries(_parent, "*", SearchOption.AllDirectories);

        Assert.Throws<ArgumentException>(() => Write(Contents(Layer("b"))));
        Assert.Throws<ArgumentException>(() => NewFolder.Write(Path.Combine(Output, "q8_0-0.uqff"), _ => { }));
        Assert.Throws<WeightException>(() => NewFolder.Write(Path.Combine(_parent, "none", "out"), _ => { }));
        Assert.Equal(before, Directory.GetFileSystemEntries(_parent, "*", SearchOption.AllDirectories));
    }

    private static IEnumerable<ReadOnlyMemory<byte>> Broken()
    {
        yield return new byte[1];
        throw new WeightException("the file was shortened");
    }

    private static UqffContents Contents(params GgufTensor[] layers) => new() { Stem = "q8_0", Layers = layers, Residual = [Floats("norm.weight")] };

    private static GgufTensor Layer(string key, int rows = Rows)
    {
        byte[] bytes = new byte[rows * 34];
        new Random(key.Length).NextBytes(bytes);
        return new GgufTensor(key + ".weight", WeightType.Q8_0, [rows, Columns], [bytes.AsMemory(0, 40), bytes.AsMemory(40)]);
    }

    private static StreamedTensor Floats(string name) => new(name, "BF16", [2], 4, [new byte[] { 1, 2, 3, 4 }]);

    private static byte[] Data(IEnumerable<ReadOnlyMemory<byte>> pieces) => [.. pieces.SelectMany(piece => piece.ToArray())];

    private static string Facts(WeightEntry entry) => $"{entry.Name} {entry.TypeName} {entry.ShapeText}";

    private static string Keys(string shard)
    {
        using Tensors file = Tensors.Open(shard);
        Assert.Equal(3, file.Entries.Count(entry => entry.Name.StartsWith("uqff.version.", StringComparison.Ordinal)));
        return string.Join(' ', file.Entries.Where(entry => entry.Name.EndsWith(".format", StringComparison.Ordinal)).Select(entry => entry.Name[..^".weight.format".Length]));
    }

    private IReadOnlyList<string> Write(UqffContents contents)
    {
        IReadOnlyList<string> shards = [];
        NewFolder.Write(Output, folder => shards = UqffWriter.Write(folder, contents, progress: null, CancellationToken.None));
        return shards;
    }
}
