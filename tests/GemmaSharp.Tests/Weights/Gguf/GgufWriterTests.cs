using GemmaSharp.Kernels.Tensors;
using GemmaSharp.Weights;
using GemmaSharp.Weights.Gguf;

namespace GemmaSharp.Tests.Weights.Gguf;

/// <summary>Writing GGUF: bytes, and what is left of a run that breaks.</summary>
public sealed class GgufWriterTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory().FullName;

    private string Output => Path.Combine(_folder, "out.gguf");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("conv-bf16.gguf")]
    [InlineData("conv-q8_0.gguf")]
    [InlineData("conv-mmproj-f16.gguf")]
    public void Write_WhatAFileHolds_TheSameBytes(string name)
    {
        string original = Fixture.Path("Gguf", name);
        using GgufFile file = GgufFile.Open(original);
        OrderedDictionary<string, GgufValue> keys = new(file.Header.Keys.Select(key => KeyValuePair.Create(key, file.Header.Find(key)!)));

        GgufWriter.Write(Output, keys, [.. file.Entries.Select(entry => Copy(file, entry))], progress: null, CancellationToken.None);

        Assert.Equal(File.ReadAllBytes(original), File.ReadAllBytes(Output));
    }

    [Fact]
    public void Write_EveryKindOfValue_ReadBack()
    {
        OrderedDictionary<string, GgufValue> keys = new()
        {
            ["u32"] = GgufValues.U32(uint.MaxValue),
            ["i32"] = GgufValues.I32(-5),
            ["f32"] = GgufValues.F32(0.5),
            ["flag"] = GgufValues.Flag(true),
            ["text"] = GgufValues.Text("über"),
            ["i32s"] = GgufValues.I32s([1, -2]),
            ["f32s"] = GgufValues.F32s([1.5f, float.NegativeInfinity]),
            ["flags"] = GgufValues.Flags([true, false]),
            ["texts"] = GgufValues.Texts(["a", "", "日本"]),
            ["none"] = GgufValues.Texts([]),
        };

        GgufWriter.Write(Output, keys, [], progress: null, CancellationToken.None);

        using GgufFile file = GgufFile.Open(Output);
        Assert.Equal(keys.Keys, file.Header.Keys);
        Assert.Equal(keys.Values.Select(value => (value.Type, value.IsArray, value.Count, value.ToString())),
            file.Header.Keys.Select(key => file.Header.Find(key)!).Select(value => (value.Type, value.IsArray, value.Count, value.ToString())));
        Assert.Equal("日本", file.Header.Strings("texts")!.Text(2));
    }

    [Fact]
    public void Write_AlignmentKey_Kept()
    {
        OrderedDictionary<string, GgufValue> keys = new() { ["general.alignment"] = GgufValues.U32(256) };

        GgufWriter.Write(Output, keys, [Tensor("a", [1, 2, 3]), Tensor("b", [4])], progress: null, CancellationToken.None);

        using GgufFile file = GgufFile.Open(Output);
        Assert.Equal(0, file.Find("b")!.Offset % 256);
        byte[] last = new byte[4];
        file.Read(file.Find("b")!, 0, last);
        Assert.Equal(4, BitConverter.ToSingle(last));
    }

    [Fact]
    public void Write_Progress_EndsAtTheWhole()
    {
        List<(string Name, long Done, long Total)> reports = [];

        GgufWriter.Write(Output, [], [Tensor("a", [1, 2]), Tensor("b", [3])], (name, done, total) => reports.Add((name, done, total)), CancellationToken.None);

        Assert.Equal(["a", "b"], reports.Select(report => report.Name));
        Assert.All(reports, report => Assert.Equal(new FileInfo(Output).Length, report.Total));
        Assert.True(reports[0].Done < reports[1].Done && reports[1].Done <= reports[1].Total);
    }

    [Theory]
    [InlineData("throws")]
    [InlineData("short")]
    [InlineData("cancelled")]
    public void Write_RunThatBreaks_OldFileStaysAlone(string how)
    {
        File.WriteAllText(Output, "old");
        using CancellationTokenSource cancel = new();
        GgufTensor broken = Tensor("b", [1]) with { Data = Broken() };

        Assert.ThrowsAny<Exception>(() => GgufWriter.Write(Output, [], [Tensor("a", [1]), broken], progress: null, cancel.Token));

        Assert.Equal([Output], Directory.GetFileSystemEntries(_folder));
        Assert.Equal("old", File.ReadAllText(Output));

        IEnumerable<ReadOnlyMemory<byte>> Broken()
        {
            yield return new byte[2];
            if (how == "throws")
            {
                throw new WeightException("gone");
            }

            if (how == "cancelled")
            {
                cancel.Cancel();
                yield return new byte[2];
            }
        }
    }

    [Fact]
    public void Write_FolderThatIsMissing_OneLine()
    {
        WeightException error = Assert.Throws<WeightException>(() => GgufWriter.Write(Path.Combine(_folder, "none", "x.gguf"), [], [], progress: null, CancellationToken.None));

        Assert.Contains("cannot be written", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Write_NameTwice_Refused() =>
        Assert.Throws<WeightException>(() => GgufWriter.Write(Output, [], [Tensor("a", [1]), Tensor("a", [1])], progress: null, CancellationToken.None));

    internal static GgufTensor Copy(GgufFile file, WeightEntry entry)
    {
        WeightType type = TensorRecoding.TypeOf(entry);
        return new GgufTensor(entry.Name, type, entry.Shape, TensorRecoding.Stream(file, [entry], entry.Shape, type));
    }

    private static GgufTensor Tensor(string name, float[] values) =>
        new(name, WeightType.F32, [values.Length], [values.SelectMany(BitConverter.GetBytes).ToArray()]);
}
