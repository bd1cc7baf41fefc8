using GemmaSharp.Tokenization;

namespace GemmaSharp.Loading;

/// <summary>A tokenizer alone, from a model folder or a tokenizer.json.</summary>
internal sealed class TextTokens
{
    private readonly Tokenizer _tokenizer;

    private TextTokens(Tokenizer tokenizer) => _tokenizer = tokenizer;

    public static TextTokens Load(string path) => new(Tokenizer.Load(Directory.Exists(path) ? Path.Combine(path, "tokenizer.json") : path));

    public int[] Encode(string text, bool special) => _tokenizer.Encode(text, special);

    public string Decode(int[] ids, bool skipSpecial)
    {
        int wrong = Array.FindIndex(ids, id => (uint)id >= (uint)_tokenizer.VocabularySize);
        return wrong < 0 ? _tokenizer.Decode(ids, skipSpecial) : throw new InvalidDataException($"id {ids[wrong]} is outside the vocabulary of {_tokenizer.VocabularySize}");
    }
}
