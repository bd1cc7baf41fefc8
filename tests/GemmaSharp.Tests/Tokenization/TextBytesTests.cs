using System.Text;
using GemmaSharp.Tokenization;

namespace GemmaSharp.Tests.Tokenization;

/// <summary>The bytes that tokens add to a text.</summary>
public sealed class TextBytesTests
{
    private readonly Tokenizer _tokenizer = Tokenizer.Load(Fixture.Pocket("tokenizer.json"));

    [Fact]
    public void TextBytes_OfATextsTokens_AreTheText()
    {
        const string text = "Good morning, 日本 \u0001\n\n  é😀!";

        byte[] bytes = [.. _tokenizer.Encode(text).SelectMany(id => _tokenizer.TextBytes(id)!)];

        Assert.Equal(text, Encoding.UTF8.GetString(bytes));
    }

    [Theory]
    [InlineData("<end_of_turn>")]
    [InlineData("<unused0>")]
    [InlineData("<mask>")]
    [InlineData("<unk>")]
    public void TextBytes_OfControlTokens_None(string token) => Assert.Null(_tokenizer.TextBytes(_tokenizer.FindId(token)!.Value));
}
