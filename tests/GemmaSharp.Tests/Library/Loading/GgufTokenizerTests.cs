using System.Text.Json;
using CsCheck;
using GemmaSharp.Loading;
using GemmaSharp.Model.Config;
using GemmaSharp.Tests.Weights.Gguf;
using GemmaSharp.Tokenization;
using GemmaSharp.Weights;
using GemmaSharp.Weights.Gguf;

namespace GemmaSharp.Tests.Library.Loading;

/// <summary>Tokenizers out of GGUF metadata against the tokenizer.json they were made of.</summary>
public sealed class GgufTokenizerTests
{
    // A fraction of a second on a machine of its own; the rest is room for a busy one.
    private const long MostMilliseconds = 15_000;

    [Theory]
    [InlineData("vocab")]
    [InlineData("conv")]
    public void Encode_StringsOfTheReference_SameIds(string vocabulary)
    {
        JsonElement root = JsonDocument.Parse(File.ReadAllText(Fixture.Path("Gguf", "tokenize.json"))).RootElement;
        JsonElement named = root.GetProperty("vocabularies").GetProperty(vocabulary);
        Tokenizer tokenizer = Open(named.GetProperty("file").GetString()!), written = Tokenizer.Parse(tokenizer.ToJson());
        JsonElement[] strings = [.. root.GetProperty("strings").EnumerateArray()], rows = [.. named.GetProperty("rows").EnumerateArray()];
        Assert.Equal(131, strings.Length);

        for (int at = 0; at < strings.Length; at++)
        {
            // What the tokenizers library gives stands there only where it differs from llama.cpp's ids.
            JsonElement expected = rows[at].TryGetProperty("hf", out JsonElement hf) ? hf : rows[at].GetProperty("ids")[1];
            Assert.Equal(expected.EnumerateArray().Select(id => id.GetInt32()), tokenizer.Encode(strings[at].GetString()!));
            Assert.Equal(tokenizer.Encode(strings[at].GetString()!), written.Encode(strings[at].GetString()!));
        }
    }

    [Theory]
    [InlineData("vocab.gguf", "vocab-hf")]
    [InlineData("conv-bf16.gguf", "conv-hf")]
    public void Encode_AnyText_SameIdsAndTextAsTheJson(string gguf, string folder)
    {
        Tokenizer found = Open(gguf), expected = Tokenizer.Load(Fixture.Path("Gguf", folder, "tokenizer.json")), written = Tokenizer.Parse(found.ToJson());
        string[] pieces = [.. "etaoinshr .,<>/bB".Select(letter => letter.ToString()), "\n", "\t", " ", "  ", "\u2581", "the", "<b>", "<bos>", "<mask>", "<unused1>", "ü", "你", "😀", "\r"];

        Gen.Int[0, pieces.Length - 1].Array[0, 60].Select(places => string.Concat(places.Select(place => pieces[place]))).Sample(
            text =>
            {
                int[] ids = found.Encode(text);
                Assert.Equal(expected.Encode(text), ids);
                Assert.Equal(ids, written.Encode(text));
                Assert.Equal(expected.Decode(ids), found.Decode(ids));
            },
            seed: "0000000000000",
            iter: 2000,
            threads: 1);
    }

    [Fact]
    public void Encode_TypedText_ControlTokensStayTextAndOthersAreFound()
    {
        Tokenizer tokenizer = Open("vocab.gguf");

        Assert.DoesNotContain(2, tokenizer.Encode("<bos>", special: false));
        Assert.Equal([4, 6, 21], tokenizer.Encode("<mask><unused0><table>", special: false));
        Assert.True(tokenizer.IsSpecial(2));
        Assert.False(tokenizer.IsSpecial(4));
    }

    // Old files end with the text's pieces, new ones fill the places behind them; the ids there are constants.
    [Theory]
    [InlineData(262144)]
    [InlineData(262400)]
    public void Read_RealSize_NamesTheIdsOfMediaAndIsFast(int count)
    {
        GgufMetadata keys = GgufReaderTests.Read(RealSize(count)).Metadata;
        TextConfig text = GgufModelTests.ConvConfig().Text with { VocabSize = count };
        Gemma3nConfig config = new() { Text = text, EosTokenIds = [1], Vision = new VisionConfig(2048, 1e-6f, 262144, 128) };
        long start = Environment.TickCount64;

        Tokenizer tokenizer = GgufTokenizer.Read(keys, config);

        Assert.InRange(Environment.TickCount64 - start, 0, MostMilliseconds);
        Assert.Equal([262145], tokenizer.Encode("<image_soft_token>"));
        Assert.Equal("<end_of_image>", tokenizer.TokenText(262144));
        Assert.Equal(count == 262400 ? 262273 : (int?)null, tokenizer.FindId("<audio_soft_token>"));
        Assert.Equal(count, GgufTokenizer.Read(keys, config: null).VocabularySize);
        Assert.Equal(106, new GgufVocabulary(keys).Find("<end_of_turn>"));
    }

    [Theory]
    [InlineData("gpt2", 1)]
    [InlineData("llama", 7)]
    public void Read_OtherTokenizer_Refused(string model, int type)
    {
        byte[] file = new GgufBytes().Text("tokenizer.ggml.model", model)
            .Texts("tokenizer.ggml.tokens", "a", "b").F32s("tokenizer.ggml.scores", 0, 0).I32s("tokenizer.ggml.token_type", 1, type).ToArray();

        Assert.Throws<WeightException>(() => GgufTokenizer.Read(GgufReaderTests.Read(file).Metadata, config: null));
    }

    [Fact]
    public void Read_ListsOfDifferentLengths_Refused()
    {
        byte[] file = new GgufBytes().Texts("tokenizer.ggml.tokens", "a", "b").F32s("tokenizer.ggml.scores", 0).I32s("tokenizer.ggml.token_type", 1, 1).ToArray();

        WeightException error = Assert.Throws<WeightException>(() => GgufTokenizer.Read(GgufReaderTests.Read(file).Metadata, config: null));

        Assert.Contains("tokenizer.ggml.scores", error.Message, StringComparison.Ordinal);
    }

    private static Tokenizer Open(string name)
    {
        using GgufFile file = GgufFile.Open(Fixture.Path("Gguf", name));
        return GgufTokenizer.Read(file.Header, config: null);
    }

    private static byte[] RealSize(int count) => new GgufBytes().Text("tokenizer.ggml.model", "llama")
        .Texts("tokenizer.ggml.tokens", [.. Enumerable.Range(0, count).Select(id => id < 262144 ? $"p{id}" : $"[PAD{id}]")])
        .F32s("tokenizer.ggml.scores", [.. Enumerable.Range(0, count).Select(id => -(float)id)])
        .I32s("tokenizer.ggml.token_type", [.. Enumerable.Range(0, count).Select(id => id < 262144 ? 1 : 5)]).ToArray();
}
