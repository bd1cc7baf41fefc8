using GemmaSharp.Model.Config;
using GemmaSharp.Tokenization;
using GemmaSharp.Tokenization.Templates;
using GemmaSharp.Weights.Gguf;

namespace GemmaSharp.Loading;

/// <summary>Tokenizer and chat template out of a GGUF's metadata alone.</summary>
internal static class GgufTokenizer
{
    private const string ModelKey = "tokenizer.ggml.model";
    private const string TemplateKey = "tokenizer.chat_template";
    private const string DefaultName = "default";

    /// <summary>The tokenizer of a file's pieces.</summary>
    /// <param name="keys">The file's metadata.</param>
    /// <param name="config">Ids behind the text's are named as far as this config knows them; null for what stands in the file.</param>
    /// <exception cref="Weights.WeightException">Another kind of tokenizer, or lists that do not agree.</exception>
    public static Tokenizer Read(GgufMetadata keys, Gemma3nConfig? config)
    {
        if (keys.Text(ModelKey) is string model && model != "llama")
        {
            throw keys.Error($"{ModelKey} is '{model}', llama (SentencePiece) expected");
        }

        GgufValue tokens = keys.Strings("tokenizer.ggml.tokens") ?? throw keys.Error("tokenizer.ggml.tokens is missing");
        List<float> scores = [.. keys.Each("tokenizer.ggml.scores", tokens.Count, (value, index) => (float?)value.Number(index), "numbers")
            ?? throw keys.Error("tokenizer.ggml.scores is missing")];
        List<PieceType> types = [.. keys.Each("tokenizer.ggml.token_type", tokens.Count, ReadType, "whole numbers from 1 to 6")
            ?? throw keys.Error("tokenizer.ggml.token_type is missing")];
        List<string> pieces = new(tokens.Count);
        for (int id = 0; id < tokens.Count; id++)
        {
            pieces.Add(tokens.Text(id) ?? "");
        }

        foreach ((int id, string text) in new GgufVocabulary(keys).NamedBehindText.Where(pair => pair.Id < (config?.InputVocabSize ?? tokens.Count)))
        {
            Name(id, text, pieces, scores, types);
        }

        try
        {
            return Tokenizer.FromPieces(pieces, scores.ToArray(), types.ToArray());
        }
        catch (InvalidDataException error)
        {
            throw keys.Error(error.Message);
        }
    }

    /// <summary>The file's template, or null.</summary>
    /// <exception cref="Weights.WeightException">It is not well-formed.</exception>
    public static ChatTemplate? ReadTemplate(GgufMetadata keys)
    {
        try
        {
            return TemplateSource(keys) is string source ? ChatTemplate.Parse(source) : null;
        }
        catch (TemplateException error)
        {
            throw keys.Error($"its chat template cannot be read: {error.Message}");
        }
    }

    /// <summary>The text of the template that counts: the one without a name, or the one named default; null without either.</summary>
    public static string? TemplateSource(GgufMetadata keys) => keys.Text(TemplateKey) ?? keys.Text($"{TemplateKey}.{DefaultName}");

    /// <summary>Names of the file's other templates, in its order; they are left alone.</summary>
    public static IReadOnlyList<string> TemplateVariants(GgufMetadata keys) =>
        [.. keys.Keys.Where(key => key.StartsWith(TemplateKey + ".", StringComparison.Ordinal)).Select(key => key[(TemplateKey.Length + 1)..]).Where(name => name != DefaultName)];

    /// <summary>Whether prompts begin with the begin token; SentencePiece models of this format do where the file is silent.</summary>
    public static bool AddsBegin(GgufMetadata keys) => keys.Flag("tokenizer.ggml.add_bos_token") ?? true;

    private static PieceType? ReadType(GgufValue value, int index) =>
        value.Whole(index) is long type and >= (long)PieceType.Normal and <= (long)PieceType.Byte ? (PieceType)type : null;

    // A file of the text's pieces alone ends before these ids, another fills their places.
    private static void Name(int id, string text, List<string> pieces, List<float> scores, List<PieceType> types)
    {
        while (pieces.Count <= id)
        {
            pieces.Add("");
            scores.Add(0);
            types.Add(PieceType.Unused);
        }

        (pieces[id], types[id]) = (text, PieceType.Control);
    }
}
