using GemmaSharp.Model.Config;
using GemmaSharp.Model.Names;
using GemmaSharp.Weights;
using GemmaSharp.Weights.Gguf;

namespace GemmaSharp.Tests.Model.Names;

/// <summary>A GGUF model under canonical names, against the checkpoint it was made of.</summary>
public sealed class GgufWeightsTests
{
    [Fact]
    public void Entries_ConvertedCheckpoint_ItsNamesShapesAndBytes()
    {
        GgufFile model = GgufFile.Open(Fixture.Path("Gguf", "conv-bf16.gguf")), projector = GgufFile.Open(Fixture.Path("Gguf", "conv-mmproj-f16.gguf"));
        using GgufWeights gguf = new(model, projector, GgufConfig.Read(model, projector).Text);
        using IWeightSource folder = WeightFiles.Open(Fixture.Path("Gguf", "conv-hf"));

        Assert.Equal(folder.Entries.Select(entry => entry.Name).Order(StringComparer.Ordinal), gguf.Entries.Select(entry => entry.Name).Order(StringComparer.Ordinal));
        foreach (WeightEntry expected in folder.Entries)
        {
            WeightEntry found = gguf.Find(expected.Name)!;
            Assert.Equal(expected.ShapeText, found.ShapeText);
            if (found.TypeName == expected.TypeName)
            {
                Assert.Equal(Bytes(folder, expected), Bytes(gguf, found));
            }
        }
    }

    [Fact]
    public void Find_Stack_ItsSlicesOneBehindTheOther()
    {
        GgufFile model = GgufFile.Open(Fixture.Path("Gguf", "conv-q8_0.gguf"));
        using GgufWeights gguf = new(model, projector: null, GgufConfig.Read(model, projector: null).Text);
        WeightEntry whole = model.Find("altup_proj.weight")!;
        byte[] joined = [.. Enumerable.Range(0, 3).SelectMany(slice => Bytes(gguf, gguf.Find($"model.language_model.altup_projections.{slice}.weight")!))];

        Assert.Equal(Bytes(model, whole), joined);
        Assert.Null(gguf.Find("model.language_model.altup_projections.3.weight"));
    }

    private static byte[] Bytes(IWeightSource source, WeightEntry entry)
    {
        byte[] bytes = new byte[entry.ByteCount];
        source.Read(entry, 0, bytes);
        return bytes;
    }
}
