using System.Text.Json;
using GemmaSharp.Model.Names;
using GemmaSharp.Weights;

namespace GemmaSharp.Tests.Model.Names;

/// <summary>The name table against what the real converter writes.</summary>
public sealed class GgufNamesTests
{
    [Theory]
    [InlineData("gguf-manifest-e2b.json", 727)]
    [InlineData("gguf-manifest-e4b.json", 847)]
    [InlineData("gguf-manifest-mmproj.json", 825)]
    public void ToCanonical_EveryNameOfTheConverter_ThereAndBack(string manifest, int count)
    {
        HashSet<string> seen = [];
        foreach (JsonElement tensor in JsonDocument.Parse(File.ReadAllText(Fixture.Path("Gguf", manifest))).RootElement.GetProperty("tensors").EnumerateArray())
        {
            string gguf = tensor.GetProperty("name").GetString()!;
            string? canonical = GgufNames.ToCanonical(gguf);

            Assert.NotNull(canonical);
            Assert.True(seen.Add(canonical), $"{canonical} twice");
            Assert.Equal(new GgufName(gguf, GgufNames.IsStacked(gguf) ? 0 : null), GgufNames.ToGguf(canonical));
        }

        Assert.Equal(count, seen.Count);
    }

    [Fact]
    public void ToGguf_EveryTensorOfACheckpoint_HasAPlaceThatLeadsBack()
    {
        using IWeightSource source = WeightFiles.Open(Fixture.Path("Gguf", "conv-hf"));

        foreach (WeightEntry entry in source.Entries)
        {
            GgufName? place = GgufNames.ToGguf(entry.Name);

            Assert.True(place is not null, entry.Name);
            Assert.Equal(entry.Name, GgufNames.ToCanonical(place.Value.Name, place.Value.Slice ?? 0));
        }
    }

    [Theory]
    [InlineData("model.language_model.layers.12.altup.correct_output_scale", "blk.12.altup_correct_scale.weight", null)]
    [InlineData("model.layers.3.mlp.down_proj.weight", "blk.3.ffn_down.weight", null)]
    [InlineData("language_model.model.norm.weight", "output_norm.weight", null)]
    [InlineData("layers.0.laurel.linear_left.weight", "blk.0.laurel_l.weight", null)]
    [InlineData("model.language_model.altup_unembed_projections.2.weight", "altup_unembd_proj.weight", 2)]
    [InlineData("lm_head.weight", "output.weight", null)]
    [InlineData("model.vision_tower.timm_model.blocks.2.9.attn.key.down_conv.weight", "v.blk.2.9.attn.key.down_conv.weight", null)]
    [InlineData("model.audio_tower.conformer.11.lconv1d.conv_norm.weight", "a.blk.11.norm_conv.weight", null)]
    public void ToGguf_Spelling_ItsPlace(string canonical, string gguf, int? slice) => Assert.Equal(new GgufName(gguf, slice), GgufNames.ToGguf(canonical));

    [Theory]
    [InlineData("model.language_model.layers.0.self_attn.v_norm.weight")]
    [InlineData("model.language_model.layers.x.input_layernorm.weight")]
    [InlineData("")]
    public void ToGguf_NameWithoutAPlace_Null(string canonical) => Assert.Null(GgufNames.ToGguf(canonical));

    [Fact]
    public void ToCanonical_SliceOfAStack_ItsIndex() =>
        Assert.Equal("model.language_model.altup_projections.2.weight", GgufNames.ToCanonical("altup_proj.weight", 2));
}
