using System.Text;
using GemmaSharp.Tokenization;
using GemmaSharp.Weights;
using GemmaSharp.Weights.Gguf;
using GemmaSharp.Weights.Uqff;

namespace GemmaSharp.Loading;

/// <summary>A tokenizer alone, from a model folder, a GGUF or UQFF file or a tokenizer.json.</summary>
internal sealed class TextTokens
{
    private readonly Tokenizer _tokenizer;

    /// <summary>A tokenizer that is loaded already.</summary>
    public TextTokens(Tokenizer tokenizer) => _tokenizer = tokenizer;

    public int Count => _tokenizer.VocabularySize;

    public static TextTokens Load(string path)
    {
        string place = UqffFile.IsNamed(path) ? UqffFile.FolderOf(path) : path;
        string json = Directory.Exists(place) ? Path.Combine(place, "tokenizer.json") : place;
        if (File.Exists(json) && WeightFiles.FormatOf(json) != WeightFormat.Gguf)
        {
            return new(Tokenizer.Load(json));
        }

        ModelPlace model = ModelFiles.Find(path);
        if (model.Format != WeightFormat.Gguf)
        {
            throw new InvalidDataException($"{path}: holds no tokenizer.json and no GGUF model");
        }

        using GgufFile file = GgufFile.Open(model.Path);
        return new(GgufTokenizer.Read(file.Header, config: null));
    }

    public int[] Encode(string text, bool special) => _tokenizer.Encode(text, special);

    /// <summary>Text of a token by itself, and its bytes, which may be a part of a character only.</summary>
    public (string Text, byte[] Bytes) Describe(int id)
    {
        byte[] bytes = id < Count ? _tokenizer.TokenBytes(id) : [];
        return (Encoding.UTF8.GetString(bytes), bytes);
    }

    public string Decode(int[] ids, bool skipSpecial)
    {
        int wrong = Array.FindIndex(ids, id => (uint)id >= (uint)_tokenizer.VocabularySize);
        return wrong < 0 ? _tokenizer.Decode(ids, skipSpecial) : throw new InvalidDataException($"id {ids[wrong]} is outside the vocabulary of {_tokenizer.VocabularySize}");
    }
}
