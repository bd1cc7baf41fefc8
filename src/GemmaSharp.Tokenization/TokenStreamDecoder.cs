using System.Text;

namespace GemmaSharp.Tokenization;

/// <summary>Tokens to text one by one; bytes of an unfinished character are held back.</summary>
/// <param name="tokenizer">Whose tokens.</param>
/// <param name="skipSpecial">Whether control tokens give no text.</param>
public sealed class TokenStreamDecoder(Tokenizer tokenizer, bool skipSpecial = true)
{
    private readonly Decoder _decoder = Encoding.UTF8.GetDecoder();

    /// <summary>The text that is certain after one more token.</summary>
    public string Push(int id)
    {
        if (skipSpecial && tokenizer.IsSpecial(id))
        {
            return "";
        }

        int value = tokenizer.ByteOf(id);
        return Convert(value >= 0 ? [(byte)value] : Encoding.UTF8.GetBytes(tokenizer.TokenText(id)), flush: false);
    }

    /// <summary>What is left at the end.</summary>
    public string Flush() => Convert([], flush: true);

    private string Convert(ReadOnlySpan<byte> bytes, bool flush)
    {
        char[] text = new char[_decoder.GetCharCount(bytes, flush)];
        _decoder.GetChars(bytes, text, flush);
        return new string(text);
    }
}
