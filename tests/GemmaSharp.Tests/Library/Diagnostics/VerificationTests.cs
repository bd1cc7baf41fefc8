using System.Security.Cryptography;
using System.Text.Json;
using GemmaSharp.Diagnostics;
using GemmaSharp.Weights.Gguf;

namespace GemmaSharp.Tests.Library.Diagnostics;

/// <summary>Verification of sound and of damaged files.</summary>
public sealed class VerificationTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory().FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("conv-bf16.gguf", 55)]
    [InlineData("conv-q8_0.gguf", 55)]
    [InlineData("conv-mmproj-f16.gguf", 130)]
    [InlineData("conv-hf", 189)]
    public void Run_SoundFiles_NoFindings(string name, int tensors)
    {
        VerificationReport report = Verification.Run(Fixture.Path("Gguf", name), hash: false);

        Assert.Empty(report.Findings);
        Assert.Equal(tensors, report.Tensors.Count);
    }

    [Fact]
    public void Run_PocketModel_NoFindings() => Assert.Empty(Verification.Run(Fixture.Pocket(), hash: false).Findings);

    [Fact]
    public void Run_Hashes_ThoseOfFileAndTensors()
    {
        string path = Fixture.Path("Gguf", "conv-q8_0.gguf");

        VerificationReport report = Verification.Run(path, hash: true);

        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(path))), report.FileHashes[path]);
        using GgufFile file = GgufFile.Open(path);
        byte[] bytes = new byte[file.Entries[3].ByteCount];
        file.Read(file.Entries[3], 0, bytes);
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(bytes)), report.Tensors[3].Hash);
        JsonElement json = JsonDocument.Parse(report.AsJson()).RootElement;
        Assert.True(json.GetProperty("sound").GetBoolean());
        Assert.Equal(report.Tensors[3].Hash, json.GetProperty("tensors")[3].GetProperty("sha256").GetString());
    }

    [Fact]
    public void Run_ScaleThatIsNoNumber_NamesTensorAndBlock()
    {
        byte[] bytes = File.ReadAllBytes(Fixture.Path("Gguf", "conv-q8_0.gguf"));
        using (GgufFile file = GgufFile.Open(Fixture.Path("Gguf", "conv-q8_0.gguf")))
        {
            long offset = file.Find("blk.1.ffn_up.weight")!.Offset + (5 * 34);
            (bytes[offset], bytes[offset + 1]) = (0, 0x7E);
        }

        VerificationReport report = Verification.Run(Write(bytes), hash: false);

        Assert.Equal(["blk.1.ffn_up.weight: 1 blocks of Q8_0 have no finite values, the first is 5"], report.Findings);
        Assert.Contains("1 finding", report.AsText(), StringComparison.Ordinal);
    }

    [Fact]
    public void Run_FileCutShort_OneFinding()
    {
        VerificationReport report = Verification.Run(Write(File.ReadAllBytes(Fixture.Path("Gguf", "conv-q8_0.gguf"))[..^1000]), hash: false);

        Assert.Contains("is the download complete?", Assert.Single(report.Findings), StringComparison.Ordinal);
    }

    [Fact]
    public void Run_TensorUnderAnotherName_MissingAndUnknown()
    {
        byte[] bytes = File.ReadAllBytes(Fixture.Path("Gguf", "conv-q8_0.gguf"));
        int place = bytes.AsSpan().IndexOf("blk.1.ffn_up.weight"u8);
        "blk.1.ffn_xx.weight"u8.CopyTo(bytes.AsSpan(place));

        IReadOnlyList<string> findings = Verification.Run(Write(bytes), hash: false).Findings;

        Assert.Equal(["blk.1.ffn_xx.weight is no tensor of a Gemma 3n", "model.language_model.layers.1.mlp.up_proj.weight is missing"], findings);
    }

    [Fact]
    public void Run_NothingThere_OneFinding() => Assert.Single(Verification.Run(Path.Combine(_folder, "none.gguf"), hash: true).Findings);

    private string Write(byte[] bytes)
    {
        string path = Path.Combine(_folder, "file.gguf");
        File.WriteAllBytes(path, bytes);
        return path;
    }
}
