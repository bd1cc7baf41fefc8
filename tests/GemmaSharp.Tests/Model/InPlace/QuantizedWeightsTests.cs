using GemmaSharp.Kernels.Ops;
using GemmaSharp.Kernels.Quantizers;
using GemmaSharp.Kernels.Tensors;
using GemmaSharp.Kernels.Threading;
using GemmaSharp.Model.InPlace;
using GemmaSharp.Weights;

namespace GemmaSharp.Tests.Model.InPlace;

/// <summary>Checkpoints quantised as they are read.</summary>
public sealed class QuantizedWeightsTests : IDisposable
{
    private const string Layer = "model.language_model.layers.3";
    private readonly ThreadTeam _team = new(2);

    public void Dispose() => _team.Dispose();

    [Theory]
    [InlineData("4", $"{Layer}.mlp.down_proj.weight", "Q4_K")] // rows of 512
    [InlineData("4", $"{Layer}.self_attn.q_proj.weight", "Q5_0")] // rows of 128, so the type of smaller blocks
    [InlineData("4", "model.language_model.embed_tokens.weight", "Q8_0")] // Q6_K's
    [InlineData("8", $"{Layer}.mlp.gate_proj.weight", "Q8_0")]
    [InlineData("8", "model.language_model.per_layer_model_projection.weight", "Q8_0")]
    [InlineData("8", "model.language_model.altup_projections.1.weight", "Q8_0")]
    [InlineData("8", "model.language_model.embed_tokens_per_layer.weight", "BF16")]
    [InlineData("8", $"{Layer}.laurel.linear_left.weight", "BF16")]
    [InlineData("8", $"{Layer}.per_layer_input_gate.weight", "BF16")]
    [InlineData("8", $"{Layer}.altup.modality_router.weight", "BF16")]
    [InlineData("8", $"{Layer}.input_layernorm.weight", "BF16")]
    [InlineData("8", "model.embed_vision.embedding_projection.weight", "BF16")]
    public void Entries_Pocket_TypesOfWhatIsQuantised(string type, string name, string expected)
    {
        using QuantizedWeights weights = new(WeightFiles.Open(Fixture.Pocket()), InPlaceType.Parse(type), _team);

        Assert.Equal(expected, weights.Find(name)!.TypeName);
        Assert.Same(weights.Find(name), weights.Entries.Single(entry => entry.Name == name));
    }

    [Theory]
    [InlineData("model.vision_tower.timm_model.blocks.2.10.pw_exp.conv.weight", "Q8_0", 1280, 640, 1, 1)]
    [InlineData("model.vision_tower.timm_model.blocks.2.9.attn.key.proj.weight", "BF16", 64, 640, 1, 1)] // too small for integer products
    [InlineData("model.vision_tower.timm_model.blocks.0.1.conv_exp.weight", "BF16", 512, 128, 3, 3)]
    [InlineData("model.audio_tower.conformer.3.ffw_layer_start.ffw_layer_1.weight", "Q8_0", 6144, 1536)]
    [InlineData("model.audio_tower.conformer.3.attention.attn.relative_position_embedding.pos_proj.weight", "BF16", 1536, 1536)]
    [InlineData("model.embed_audio.embedding_projection.weight", "BF16", 2048, 1536)]
    [InlineData($"{Layer}.mlp.down_proj.weight", "BF16", 2048, 8192)]
    public void Entries_OnlyEncoders_LargeMatricesOfTowers(string name, string expected, params int[] shape)
    {
        using FormulaWeights source = new();
        source.Add(name, Array.ConvertAll(shape, size => (long)size));
        using QuantizedWeights weights = new(source, InPlaceType.Parse(null, "q8_0")!, _team);

        Assert.Equal(expected == "BF16" ? source.Find(name)!.TypeName : expected, weights.Find(name)!.TypeName);
    }

    [Fact]
    public void Parse_OtherTypeForEncoders_Refused() =>
        Assert.Contains("q8_0 expected", Assert.Throws<ArgumentException>(() => InPlaceType.Parse(null, "q4_0")).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("4", $"{Layer}.mlp.down_proj.weight")]
    [InlineData("5", $"{Layer}.self_attn.q_proj.weight")]
    [InlineData("8", "model.language_model.embed_tokens.weight")]
    public void Read_WholeAndInAnyPieces_BytesOfTheQuantiser(string type, string name)
    {
        using IWeightSource source = WeightFiles.Open(Fixture.Pocket());
        QuantizedWeights weights = new(source, InPlaceType.Parse(type), _team);
        WeightEntry stored = source.Find(name)!, shown = weights.Find(name)!;
        float[] values = new float[stored.Shape[0] * stored.Shape[1]];
        byte[] bytes = new byte[stored.ByteCount], expected = new byte[shown.ByteCount];
        source.Read(stored, 0, bytes);
        FloatConvert.ToFloat(WeightType.BF16, bytes, values);
        Quantize.Rows(Enum.Parse<WeightType>(shown.TypeName), values, (int)stored.Shape[1], [], expected);

        Assert.Equal(expected, Read(weights, shown, expected.Length));
        Assert.Equal(expected, Read(weights, shown, 1000));
    }

    [Fact]
    public void Read_NotQuantised_BytesOfTheSource()
    {
        using IWeightSource source = WeightFiles.Open(Fixture.Pocket());
        QuantizedWeights weights = new(source, InPlaceType.Parse("4"), _team);
        WeightEntry entry = source.Find($"{Layer}.input_layernorm.weight")!;
        byte[] expected = new byte[entry.ByteCount];
        source.Read(entry, 0, expected);

        Assert.Equal(expected, Read(weights, entry, 100));
    }

    [Fact]
    public void Entries_StoredAsSmallAlready_StayAsTheyAre()
    {
        using EngineFiles q8 = new("conv-q8_0.gguf"), q4 = new("kq-q4_k_m.gguf");
        QuantizedWeights eight = new(q8.Weights, InPlaceType.Parse("8"), _team), five = new(q4.Weights, InPlaceType.Parse("5"), _team);

        Assert.All(q8.Weights.Entries.Zip(eight.Entries).Where(pair => pair.First.TypeName == "Q8_0"), pair => Assert.Same(pair.First, pair.Second));
        Assert.All(q4.Weights.Entries.Zip(five.Entries).Where(pair => pair.First.TypeName == "Q4_K"), pair => Assert.Same(pair.First, pair.Second));
        Assert.Contains(five.Entries, entry => entry.TypeName == "Q5_K");
    }

    private static byte[] Read(QuantizedWeights weights, WeightEntry entry, int piece)
    {
        byte[] bytes = new byte[entry.ByteCount];
        for (int offset = 0; offset < bytes.Length; offset += piece)
        {
            weights.Read(entry, offset, bytes.AsSpan(offset, int.Min(piece, bytes.Length - offset)));
        }

        return bytes;
    }

    // A GGUF under canonical names.
    private sealed class EngineFiles(string name) : IDisposable
    {
        private readonly GemmaSharp.Loading.ModelFiles _files = GemmaSharp.Loading.ModelFiles.Open(Fixture.Path("Gguf", name), null);

        public IWeightSource Weights => _files.Source;

        public void Dispose() => _files.Dispose();
    }
}
