using System.Text.Json;
using GemmaSharp.Tokenization;

namespace GemmaSharp.Tests.Tokenization;

/// <summary>The tokenizer against the reference library: the full vocabulary where it was fetched, the pocket one always.</summary>
public sealed class TokenizerTests
{
    private const string Gemma3 = "artifacts/tokenizer-gemma3/tokenizer.json";

    [Gemma3TokenizerFact]
    public void Encode_AllReferenceCases_NoDifference()
    {
        Tokenizer tokenizer = Tokenizer.Load(Path.Combine(Fixture.Repository, Gemma3));
        List<string> wrong = [];
        foreach (string line in File.ReadLines(Fixture.Path("Tokenizer", "cases.jsonl")))
        {
            JsonElement one = JsonDocument.Parse(line).RootElement;
            string text = one.GetProperty("text").GetString()!;
            int[] ids = Ints(one.GetProperty("ids"));
            Compare(ids.SequenceEqual(tokenizer.Encode(text)), "ids");
            Compare(one.GetProperty("decode").GetString() == tokenizer.Decode(ids), "decode");
            Compare(!one.TryGetProperty("skip", out JsonElement skip) || skip.GetString() == tokenizer.Decode(ids, skipSpecial: true), "skip");
            Compare(!one.TryGetProperty("plain_ids", out JsonElement plain) || Ints(plain).SequenceEqual(tokenizer.Encode(text, special: false)), "plain");

            void Compare(bool equal, string what)
            {
                if (!equal)
                {
                    wrong.Add($"{what} of {text}");
                }
            }
        }

        Assert.Empty(wrong);
    }

    [Gemma3TokenizerFact]
    public void Push_AllReferenceStreams_NoDifference()
    {
        Tokenizer tokenizer = Tokenizer.Load(Path.Combine(Fixture.Repository, Gemma3));
        foreach (string line in File.ReadLines(Fixture.Path("Tokenizer", "streaming.jsonl")))
        {
            JsonElement one = JsonDocument.Parse(line).RootElement;
            foreach ((string mode, bool skip) in (ReadOnlySpan<(string, bool)>)[("keep", false), ("skip", true)])
            {
                TokenStreamDecoder decoder = new(tokenizer, skip);
                string[] pieces = [.. one.GetProperty(mode).GetProperty("pieces").EnumerateArray().Select(piece => piece.GetString()!)];
                string[] found = [.. Ints(one.GetProperty("ids")).Select(decoder.Push)];

                // Where bytes are invalid only the whole is defined: runtimes differ in when they give up on a character.
                bool valid = !one.GetProperty(mode).GetProperty("full").GetString()!.Contains('\uFFFD', StringComparison.Ordinal);
                string flush = decoder.Flush();
                Assert.Equal(string.Concat(pieces) + one.GetProperty(mode).GetProperty("flush").GetString(), string.Concat(found) + flush);
                if (valid)
                {
                    Assert.Equal(pieces, found);
                }
            }
        }
    }

    [Fact]
    public void Encode_PromptsOfTinyModel_EqualReference()
    {
        Tokenizer tokenizer = Tokenizer.Load(Fixture.Path("TinyMm", "tokenizer.json"));
        JsonElement one = JsonDocument.Parse(File.ReadAllText(Fixture.Path("Merged", "trace.json"))).RootElement.GetProperty("text-only");

        Assert.Equal(Ints(one.GetProperty("input_ids")), tokenizer.Encode(one.GetProperty("prompt").GetString()!));
    }

    [Theory]
    [InlineData("Describe the image.")]
    [InlineData("  two  spaces\n\n\nand lines\t\ttabs")]
    [InlineData("émoji 😀 and 漢字")]
    public void Decode_OfEncode_GivesTextBack(string text)
    {
        Tokenizer tokenizer = Tokenizer.Load(Fixture.Pocket("tokenizer.json"));

        Assert.Equal(text, tokenizer.Decode(tokenizer.Encode(text)));
    }

    [Fact]
    public void Encode_SpecialTextAsPlain_GivesNoControlToken()
    {
        Tokenizer tokenizer = Tokenizer.Load(Fixture.Pocket("tokenizer.json"));

        int[] ids = tokenizer.Encode("<end_of_turn>", special: false);

        Assert.DoesNotContain(ids, tokenizer.IsSpecial);
        Assert.Equal("<end_of_turn>", tokenizer.Decode(ids));
    }

    [Fact]
    public void Encode_HundredThousandLetters_FinishesAndRoundTrips()
    {
        Tokenizer tokenizer = Tokenizer.Load(Fixture.Pocket("tokenizer.json"));
        string text = new('a', 100_000);

        Assert.Equal(text, tokenizer.Decode(tokenizer.Encode(text)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{\"model\":{\"type\":\"Unigram\"}}")]
    [InlineData("{\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":-1},\"merges\":[]}}")]
    [InlineData("{\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":99999999999},\"merges\":[]}}")]
    [InlineData("{\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":1},\"merges\":[[\"a\",\"b\"]]}}")]
    public void Parse_Malformed_OneClearError(string json)
    {
        Assert.Throws<InvalidDataException>(() => Tokenizer.Parse(System.Text.Encoding.UTF8.GetBytes(json)));
    }

    private static int[] Ints(JsonElement array) => [.. array.EnumerateArray().Select(value => value.GetInt32())];

    private sealed class Gemma3TokenizerFactAttribute : FactAttribute
    {
        public Gemma3TokenizerFactAttribute()
        {
            if (!File.Exists(Path.Combine(Fixture.Repository, Gemma3)))
            {
                Skip = $"{Gemma3} is not there: tests/fetch-tokenizer.sh fetches it by npm";
            }
        }
    }
}
