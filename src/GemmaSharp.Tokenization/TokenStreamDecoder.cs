using System.Text;

namespace GemmaSharp.Tokenization;

/// <summary>Tokens to text one by one; bytes of an unfinished character are held back.</summary>
/// <param name="tokenizer">Whose tokens.</param>
/// <param name="skipSpecial">Whether control tokens give no text.</param>
public sealed class TokenStreamDecoder(Tokenizer tokenizer, bool skipSpecial = true)
{
    private readonly Decoder _decoder = Encoding.UTF8.GetDecoder();
    private bool _unfinished;

    /// <summary>The text that is certain after one more token.</summary>
    public string Push(int id)
    {
        // A model may have more rows than its tokenizer has tokens; the reference writes nothing for those.
        if (id >= tokenizer.VocabularySize || (skipSpecial && tokenizer.IsSpecial(id)))
        {
            return "";
        }

        int value = tokenizer.ByteOf(id);
        if (value < 0 && !_unfinished)
        {
            return tokenizer.TokenText(id);
        }

        string text = Convert(value >= 0 ? [(byte)value] : Encoding.UTF8.GetBytes(tokenizer.TokenText(id)), flush: false);
        _unfinished = value >= 0 && text.Length == 0;
        return text;
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
