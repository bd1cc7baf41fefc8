using System.Text;
using System.Text.Json;
using CsCheck;
using GemmaSharp.Tokenization;
using GemmaSharp.Tokenization.Templates;

namespace GemmaSharp.Tests.Tokenization;

/// <summary>Spoilt tokenizers and templates: they work or are refused with one line; nothing else ever comes out.</summary>
public sealed class HostileTokenizerTests
{
    private const long Iterations = 400;
    private const string Seed = "0N0XIzNsQ0O2";

    // The fixture takes well under a megabyte to read; a believed id of 2^24 would take 128.
    private const long MostBytes = 32 << 20;

    [Fact]
    public void Parse_SpoiltTokenizer_WorksOrOneLine()
    {
        string json = File.ReadAllText(Fixture.Path("TinyMm", "tokenizer.json"));
        Gen.Int[0, int.MaxValue].Sample(
            seed =>
            {
                byte[] spoilt = Mutations.Json(json, new Random(seed));
                long before = GC.GetAllocatedBytesForCurrentThread();
                Exception? error = Record.Exception(() =>
                {
                    Tokenizer tokenizer = Tokenizer.Parse(spoilt);
                    tokenizer.Decode(tokenizer.Encode("Describe a red circle.\n\n<end_of_turn> \u00e4\ud83d\ude00"));
                });
                Assert.True(error is null or InvalidDataException, $"seed {seed}: {error}");
                Assert.DoesNotContain('\n', error?.Message ?? "");
                Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, MostBytes);
            },
            iter: Iterations,
            threads: 1,
            seed: Seed);
    }

    [Fact]
    public void Parse_TokenizerCutAnywhere_OneLine()
    {
        byte[] whole = File.ReadAllBytes(Fixture.Path("TinyMm", "tokenizer.json"));
        int end = whole.AsSpan().LastIndexOf((byte)'}');
        for (int length = 0; length < end; length += 37)
        {
            Assert.Throws<InvalidDataException>(() => Tokenizer.Parse(whole.AsMemory(0, length)));
        }
    }

    [Fact]
    public void Parse_IdFarBeyondTheTokens_Refused()
    {
        byte[] json = Encoding.UTF8.GetBytes("""{"model":{"type":"BPE","vocab":{"a":0,"b":16000000},"merges":[]}}""");

        Assert.Contains("16000000", Assert.Throws<InvalidDataException>(() => Tokenizer.Parse(json)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Push_IdBeyondTheTokenizer_NoText()
    {
        Tokenizer tokenizer = Tokenizer.Load(Fixture.Path("TinyMm", "tokenizer.json"));

        Assert.Equal("", new TokenStreamDecoder(tokenizer).Push(tokenizer.VocabularySize + 5));
    }

    [Fact]
    public void Render_SpoiltTemplate_TextOrTemplateException()
    {
        byte[] template = File.ReadAllBytes(Fixture.Path("Templates", "chat_template.jinja"));
        using JsonDocument variables = JsonDocument.Parse(
            """{"bos_token":"<bos>","add_generation_prompt":true,"messages":[{"role":"user","content":[{"type":"image"},{"type":"text","text":" hello "}]},{"role":"assistant","content":"yes"},{"role":"user","content":"no"}]}""");
        Gen.Int[0, int.MaxValue].Sample(
            seed =>
            {
                string spoilt = Encoding.UTF8.GetString(Mutations.Bytes(template, new Random(seed)));
                Exception? error = Record.Exception(() => ChatTemplate.Parse(spoilt).Render(variables.RootElement));
                Assert.True(error is null or TemplateException, $"seed {seed}: {error}");
            },
            iter: 4 * Iterations,
            threads: 1,
            seed: Seed);
    }
}
