using GemmaSharp.Tokenization;
using GemmaSharp.Weights;
using GemmaSharp.Weights.Gguf;

namespace GemmaSharp.Loading;

/// <summary>A tokenizer alone, from a model folder, a GGUF file or a tokenizer.json.</summary>
internal sealed class TextTokens
{
    private readonly Tokenizer _tokenizer;

    private TextTokens(Tokenizer tokenizer) => _tokenizer = tokenizer;

    public static TextTokens Load(string path)
    {
        string json = Directory.Exists(path) ? Path.Combine(path, "tokenizer.json") : path;
        if (File.Exists(json) && WeightFiles.FormatOf(json) != WeightFormat.Gguf)
        {
            return new(Tokenizer.Load(json));
        }

        ModelPlace place = ModelFiles.Find(path);
        if (place.Format != WeightFormat.Gguf)
        {
            throw new InvalidDataException($"{path}: holds no tokenizer.json and no GGUF model");
        }

        using GgufFile file = GgufFile.Open(place.Path);
        return new(GgufTokenizer.Read(file.Header, config: null));
    }

    public int[] Encode(string text, bool special) => _tokenizer.Encode(text, special);

    public string Decode(int[] ids, bool skipSpecial)
    {
        int wrong = Array.FindIndex(ids, id => (uint)id >= (uint)_tokenizer.VocabularySize);
        return wrong < 0 ? _tokenizer.Decode(ids, skipSpecial) : throw new InvalidDataException($"id {ids[wrong]} is outside the vocabulary of {_tokenizer.VocabularySize}");
    }
}
