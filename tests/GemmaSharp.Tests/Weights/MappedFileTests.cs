using GemmaSharp.Model;
using GemmaSharp.Weights;

namespace GemmaSharp.Tests.Weights;

/// <summary>Weights read from mappings: the same bytes as by handle, and errors where a file changes underneath.</summary>
public sealed class MappedFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("mapped").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("Gguf", "conv-q8_0.gguf")]
    [InlineData("Uqff", "q4k-0.uqff")]
    [InlineData("Safetensors", "good.safetensors")]
    [InlineData("Safetensors", "index-good")]
    public void Read_EveryTensor_SameBytesAsByHandle(string area, string name)
    {
        using IWeightSource mapped = WeightFiles.Open(Fixture.Path(area, name), map: true), handle = WeightFiles.Open(Fixture.Path(area, name));

        Assert.NotEmpty(mapped.Entries);
        Assert.All(mapped.Entries, entry => Assert.Equal(Bytes(handle, entry), Bytes(mapped, entry)));
    }

    [Fact]
    public void Read_FileShortenedWhileMapped_SaysSo()
    {
        string path = Copy("conv-q8_0.gguf");
        using IWeightSource source = WeightFiles.Open(path, map: true);
        WeightEntry last = source.Entries[^1];
        Bytes(source, last);
        using FileStream file = new(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
        if (OperatingSystem.IsWindows())
        {
            Assert.Throws<IOException>(() => file.SetLength(4096));
            return;
        }

        file.SetLength(4096);

        WeightException error = Assert.Throws<WeightException>(() => Bytes(source, last));
        Assert.Contains("shorter than", error.Message, StringComparison.Ordinal);
        Assert.Contains(last.Name, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_FileReplacedWhileMapped_TheBytesThatWereOpened()
    {
        string path = Copy("conv-q8_0.gguf"), other = Path.Combine(_folder, "other");
        File.WriteAllText(other, "short");
        using IWeightSource source = WeightFiles.Open(path, map: true);
        byte[] before = Bytes(source, source.Entries[^1]);

        if (OperatingSystem.IsWindows())
        {
            Assert.ThrowsAny<Exception>(() => File.Move(other, path, overwrite: true));
            return;
        }

        File.Move(other, path, overwrite: true);

        Assert.Equal(before, Bytes(source, source.Entries[^1]));
    }

    [Fact]
    public void Read_AfterDispose_Refused()
    {
        IWeightSource source = WeightFiles.Open(Copy("conv-q8_0.gguf"), map: true);
        source.Dispose();

        Assert.Throws<ObjectDisposedException>(() => Bytes(source, source.Entries[0]));
    }

    [Fact]
    public void Load_MapFiles_SameLogitsAndAnErrorOnceShortened()
    {
        string path = Copy("conv-q8_0.gguf");
        using GemmaEngine handle = GemmaEngine.Load(path), mapped = GemmaEngine.Load(path, new EngineOptions { MapFiles = true });

        Assert.Equal(Logits(handle), Logits(mapped));

        if (!OperatingSystem.IsWindows())
        {
            using FileStream file = new(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
            file.SetLength(8192);
            Assert.Throws<WeightException>(() => Logits(mapped));
            Assert.Throws<WeightException>(() => Logits(handle));
        }
    }

    private static float[] Logits(GemmaEngine engine)
    {
        int[] ids = [2, 7, 300, 12];
        float[] logits = new float[ids.Length * engine.Model.Config.Text.VocabSize];
        using ModelState state = engine.Model.CreateState(ids.Length);
        engine.Model.Forward(new ModelInput(ids, allLogits: true), state, logits);
        return logits;
    }

    private static byte[] Bytes(IWeightSource source, WeightEntry entry)
    {
        byte[] bytes = new byte[entry.ByteCount];
        source.Read(entry, 0, bytes);
        return bytes;
    }

    private string Copy(string name)
    {
        string path = Path.Combine(_folder, name);
        File.Copy(Fixture.Path("Gguf", name), path);
        return path;
    }
}
