using GemmaSharp.Weights;
using GemmaSharp.Weights.Gguf;

namespace GemmaSharp.Tests.Weights.Gguf;

/// <summary>GGUF files opened from disk: reading, parts, folders.</summary>
public sealed class GgufFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory().FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Open_Parts_OneSourceInOrder()
    {
        WriteParts(count: 3, total: 3);

        using GgufFile file = GgufFile.Open(Part(1, 3));

        Assert.Equal(["t0", "t1", "t2"], file.Entries.Select(entry => entry.Name));
        Assert.Equal(Part(3, 3), file.Find("t2")!.File);
        file.Read(file.Find("t2")!, 0, new byte[16]);
    }

    [Fact]
    public void Open_LaterPart_NamesTheFirst()
    {
        WriteParts(count: 3, total: 3);

        WeightException error = Assert.Throws<WeightException>(() => GgufFile.Open(Part(2, 3)));

        Assert.Contains("open model-00001-of-00003.gguf", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(3, 4)] // another number of tensors than said
    [InlineData(2, 2)] // the second part says that it is one of three
    public void Open_PartsThatDoNotAgree_Refused(int count, int total)
    {
        WriteParts(count: 3, total);
        if (count == 2)
        {
            File.WriteAllBytes(Part(1, 2), PartBytes(0, count: 2, total));
            File.Copy(Part(2, 3), Part(2, 2));
        }

        Assert.Throws<WeightException>(() => GgufFile.Open(Part(1, count)));
    }

    [Fact]
    public void Open_MissingPart_Refused()
    {
        File.WriteAllBytes(Part(1, 2), PartBytes(0, count: 2, total: 2));

        Assert.Throws<WeightException>(() => GgufFile.Open(Part(1, 2)));
    }

    [Fact]
    public void Open_SameTensorInTwoParts_Refused()
    {
        File.WriteAllBytes(Part(1, 2), PartBytes(0, count: 2, total: 2));
        File.WriteAllBytes(Part(2, 2), new GgufBytes().U32("split.no", 1).U32("split.count", 2).Tensor("t0", 4).ToArray());

        Assert.Contains("t0", Assert.Throws<WeightException>(() => GgufFile.Open(Part(1, 2))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_FileShortenedMeanwhile_AnErrorAndNotACrash()
    {
        string path = Path.Combine(_folder, "model.gguf");
        File.WriteAllBytes(path, PartBytes(0, count: 1, total: 1));
        using GgufFile file = GgufFile.Open(path);

        using (FileStream shorter = new(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
        {
            shorter.SetLength(100);
        }

        Assert.Throws<WeightException>(() => file.Read(file.Entries[0], 0, new byte[16]));
    }

    [Fact]
    public void Read_BeyondATensor_Refused()
    {
        using GgufFile file = GgufFile.Open(Fixture.Path("Gguf", "hostile", "good.gguf"));

        Assert.Throws<ArgumentOutOfRangeException>(() => file.Read(file.Entries[0], 1, new byte[file.Entries[0].ByteCount]));
    }

    [Fact]
    public void Open_FormatUnderAnotherName_KnownByItsFirstBytes()
    {
        File.Copy(Fixture.Path("Gguf", "hostile", "good.gguf"), Path.Combine(_folder, "a"));
        File.Copy(Fixture.Path("Safetensors", "good.safetensors"), Path.Combine(_folder, "b.json"));

        using IWeightSource gguf = WeightFiles.Open(Path.Combine(_folder, "a")), safetensors = WeightFiles.Open(Path.Combine(_folder, "b.json"));

        Assert.IsType<GgufFile>(gguf);
        Assert.NotEmpty(safetensors.Entries);
    }

    [Fact]
    public void FindModel_Folder_TheOneThatIsNoProjectorAndNoLaterPart()
    {
        WriteParts(count: 2, total: 2);
        foreach (string name in (string[])["mmproj-model-F16.gguf", "mmproj-BF16.gguf"])
        {
            File.WriteAllBytes(Path.Combine(_folder, name), []);
        }

        Assert.Equal(Part(1, 2), GgufFolder.FindModel(_folder));
        Assert.Equal(["mmproj-BF16.gguf", "mmproj-model-F16.gguf"], GgufFolder.FindProjectors(Part(1, 2)).Select(Path.GetFileName));
        File.WriteAllBytes(Path.Combine(_folder, "other.gguf"), []);
        Assert.Throws<WeightException>(() => GgufFolder.FindModel(_folder));
    }

    private string Part(int part, int count) => Path.Combine(_folder, $"model-{part:D5}-of-{count:D5}.gguf");

    private void WriteParts(int count, int total)
    {
        for (int part = 0; part < count; part++)
        {
            File.WriteAllBytes(Part(part + 1, count), PartBytes(part, count, total));
        }
    }

    private static byte[] PartBytes(int part, int count, int total) => new GgufBytes()
        .U32("split.no", (uint)part).U32("split.count", (uint)count).U32("split.tensors.count", (uint)total)
        .Tensor($"t{part}", 4).ToArray();
}
