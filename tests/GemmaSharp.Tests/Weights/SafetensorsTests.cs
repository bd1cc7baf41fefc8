using System.Text.Json;
using GemmaSharp.Weights;
using GemmaSharp.Weights.Safetensors;

namespace GemmaSharp.Tests.Weights;

/// <summary>Well-formed and hostile safetensors files.</summary>
public sealed class SafetensorsTests
{
    public static TheoryData<string, string> Cases()
    {
        TheoryData<string, string> data = [];
        foreach (JsonElement one in JsonDocument.Parse(File.ReadAllText(Fixture.Path("Safetensors", "cases.json"))).RootElement.GetProperty("cases").EnumerateArray())
        {
            string file = (one.TryGetProperty("file", out JsonElement name) ? name : one.GetProperty("folder")).GetString()!;
            if (!file.EndsWith(".gguf", StringComparison.Ordinal))
            {
                data.Add(file, one.GetProperty("expect").GetString()!);
            }
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Open_Case_LoadsOrSaysWhy(string file, string expect)
    {
        string path = Fixture.Path("Safetensors", file);
        void Open() => WeightFiles.Open(path).Dispose();

        if (expect == "load")
        {
            Open();
        }
        else
        {
            WeightException error = Assert.Throws<WeightException>(Open);
            Assert.DoesNotContain('\n', error.Message);
        }
    }

    [Fact]
    public void Open_FileCutAtEveryByte_AlwaysAWeightException()
    {
        byte[] whole = File.ReadAllBytes(Fixture.Path("Safetensors", "good.safetensors"));
        string path = Path.GetTempFileName();
        for (int length = 0; length < whole.Length; length++)
        {
            File.WriteAllBytes(path, whole[..length]);
            Assert.Throws<WeightException>(() => SafetensorsFile.Open(path).Dispose());
        }

        File.Delete(path);
    }

    [Fact]
    public void Read_FileShortenedMeanwhile_AnErrorAndNotACrash()
    {
        string path = Path.GetTempFileName();
        SafetensorsWriter.Write(path, [NamedTensor.F32("a", new float[1000], 1000)]);
        using SafetensorsFile file = SafetensorsFile.Open(path);
        using (FileStream stream = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete))
        {
            stream.SetLength(200);
        }

        Assert.Throws<WeightException>(() => file.Read(file.Entries[0], 0, new byte[4000]));
        File.Delete(path);
    }

    [Fact]
    public void Tensor_WrongShapeOrName_SaysFoundAndExpected()
    {
        using IWeightSource source = WeightFiles.Open(Fixture.Path("TinyText"));
        WeightScope scope = new WeightScope(source).Child("model").Child("norm");

        Assert.Contains("[7] expected, [96] found", Assert.Throws<WeightException>(() => scope.Vector("weight", 7)).Message, StringComparison.Ordinal);
        Assert.Contains("model.norm.weight", Assert.Throws<WeightException>(() => scope.Vector("wieght", 96)).Message, StringComparison.Ordinal);
    }
}
