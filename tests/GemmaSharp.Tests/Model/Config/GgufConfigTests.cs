using GemmaSharp.Model.Config;
using GemmaSharp.Tests.Weights.Gguf;
using GemmaSharp.Weights;
using GemmaSharp.Weights.Gguf;

namespace GemmaSharp.Tests.Model.Config;

/// <summary>Configs out of GGUF metadata: as config.json's, and what stands in for keys that a file leaves out.</summary>
public sealed class GgufConfigTests : IDisposable
{
    private const float UsualDeviations = 1.6448536f;
    private readonly string _path = Path.GetTempFileName();

    public void Dispose() => File.Delete(_path);

    [Fact]
    public void Read_ConvertedCheckpoint_TheConfigOfItsFolder()
    {
        using GgufFile model = GgufFile.Open(Fixture.Path("Gguf", "conv-bf16.gguf")), projector = GgufFile.Open(Fixture.Path("Gguf", "conv-mmproj-f16.gguf"));
        Gemma3nConfig found = GgufConfig.Read(model, projector), expected = ConfigJson.Read(Fixture.Path("Gguf", "conv-hf", "config.json"));

        // Ids before the text's end bear no name there, and the tower's width is read from its tensors.
        Assert.Equivalent(
            expected with { BeginImageTokenId = 0, BeginAudioTokenId = 0, Vision = expected.Vision! with { HiddenSize = found.Vision!.HiddenSize } },
            found with { BeginImageTokenId = 0, BeginAudioTokenId = 0 },
            strict: true);
    }

    [Fact]
    public void Read_FewKeys_ThoseOfTheRealModel()
    {
        TextConfig config = Read(Minimal(layers: 30)).Text;

        Assert.Equal((8, 2, 256, 256, 4, 0), (config.HeadCount, config.KeyValueHeadCount, config.HeadDim, config.HiddenSizePerLayerInput, config.AltUpInputCount, config.AltUpActiveIndex));
        Assert.Equal((512, 1e6, 1e4, 1e-6f, 30f), (config.SlidingWindow, config.FullRopeTheta, config.SlidingRopeTheta, config.RmsNormEpsilon, config.FinalLogitSoftcap));
        Assert.Equal((10, 32768, 64, true), (config.SharedLayerCount, config.MaxPositionEmbeddings, config.LaurelRank, config.TieWordEmbeddings));
        Assert.Equal([4, 9, 14, 19, 24, 29], Enumerable.Range(0, 30).Where(layer => config.LayerKinds[layer] == LayerKind.Full));
        Assert.All(config.SparsityDeviations.Take(10), deviations => Assert.Equal(UsualDeviations, deviations));
        Assert.All(config.SparsityDeviations.Skip(10), Assert.Null);
        Assert.Equal(Enumerable.Repeat(64, 30), config.IntermediateSizes);
    }

    [Fact]
    public void Read_OtherSpellings_Understood()
    {
        TextConfig config = Read(Minimal(layers: 5).F32("gemma3n.attention.shared_kv_layers", 0).U32("gemma3n.head_dim", 32).F32("gemma3n.rope.freq_base_local", 5000)
            .U32("gemma3n.attention.sliding_window_pattern", 2).F32s("gemma3n.activation_sparsity_scale", 1.5f, -0.25f, 0, float.NegativeInfinity, float.NegativeInfinity)).Text;

        Assert.Equal((0, 32, 5000.0), (config.SharedLayerCount, config.HeadDim, config.SlidingRopeTheta));
        Assert.Equal([LayerKind.Sliding, LayerKind.Full, LayerKind.Sliding, LayerKind.Full, LayerKind.Sliding], config.LayerKinds);
        Assert.Equal([1.5f, -0.25f, 0f, null, null], config.SparsityDeviations);
    }

    [Fact]
    public void Read_TableWithMoreRowsThanPieces_AsManyAsPieces()
    {
        Gemma3nConfig config = Read(Minimal(layers: 5));

        Assert.Equal((8, 10, 8), (config.Text.VocabSize, config.Text.VocabSizePerLayerInput, config.InputVocabSize));
        Assert.Equal(2, config.BosTokenId);
        Assert.Equal([1, 7], config.EosTokenIds);
    }

    [Theory]
    [InlineData("gemma3n.altup.active_idx", 4)]
    [InlineData("gemma3n.attention.head_count", 3)]
    [InlineData("gemma3n.attention.shared_kv_layers", 5)]
    [InlineData("gemma3n.block_count", 257)]
    public void Read_ValueThatNoModelHas_Refused(string key, uint value) =>
        Assert.Contains(_path, Assert.Throws<WeightException>(() => Read(Minimal(layers: 5, except: key).U32(key, value))).Message, StringComparison.Ordinal);

    private Gemma3nConfig Read(GgufBytes bytes)
    {
        File.WriteAllBytes(_path, bytes.ToArray());
        using GgufFile file = GgufFile.Open(_path);
        return GgufConfig.Read(file, projector: null);
    }

    private static GgufBytes Minimal(uint layers, string except = "")
    {
        GgufBytes bytes = new GgufBytes().Text("general.architecture", "gemma3n")
            .U32("gemma3n.embedding_length", 4).U32("gemma3n.feed_forward_length", 64)
            .Texts("tokenizer.ggml.tokens", "<pad>", "<eos>", "<bos>", "a", "b", "c", "d", "<end_of_turn>")
            .Tensor("token_embd.weight", 4, 9).Tensor("per_layer_token_embd.weight", 4, 10);
        return except == "gemma3n.block_count" ? bytes : bytes.U32("gemma3n.block_count", layers);
    }
}
