using GemmaSharp.Tokenization;
using GemmaSharp.Tokenization.SentencePiece;
using GemmaSharp.Weights.Gguf;

namespace GemmaSharp.Tests.Tokenization.SentencePiece;

/// <summary>The pieces of a folder against those that the real converter wrote.</summary>
public sealed class FolderPiecesTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory().FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Read_FolderWithModel_PiecesOfTheConverter() => Assert.Equal(Converted(), FolderPieces.Read(Fixture.Path("Gguf", "conv-hf"), 400));

    [Fact]
    public void Read_FolderWithoutModel_PiecesOfTheConverter()
    {
        Copy("tokenizer.json", "tokenizer_config.json");

        Assert.Equal(Converted(), FolderPieces.Read(_folder, 400));
    }

    [Fact]
    public void Read_PocketWithoutModel_ScoresOfTheModel()
    {
        File.Copy(Fixture.Pocket("tokenizer.json"), Path.Combine(_folder, "tokenizer.json"));

        IReadOnlyList<VocabularyPiece> pieces = FolderPieces.Read(_folder, 1280);

        Assert.Equal(FolderPieces.Read(Fixture.Pocket(), 1280).Take(1024), pieces.Take(1024));
        Assert.All(pieces.Skip(1024), piece => Assert.True(piece.Type is PieceType.Control or PieceType.Unused, piece.ToString()));
    }

    [Fact]
    public void Read_MergesThatFollowNoScores_Refused()
    {
        File.WriteAllText(Path.Combine(_folder, "tokenizer.json"), """
            {"model": {"type": "BPE", "vocab": {"a": 0, "b": 1, "ab": 2, "ba": 3, "aba": 4}, "merges": [["ab", "a"], ["a", "b"], ["a", "ba"], ["b", "a"]]}}
            """);

        InvalidDataException error = Assert.Throws<InvalidDataException>(() => FolderPieces.Read(_folder, 5));

        Assert.Contains("'aba'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_EmptyFolder_SaysWhatIsMissing() =>
        Assert.Contains("tokenizer.model", Assert.Throws<InvalidDataException>(() => FolderPieces.Read(_folder, 5)).Message, StringComparison.Ordinal);

    [Fact]
    public void Parse_EveryTruncation_RefusedOrFewerPieces()
    {
        byte[] whole = File.ReadAllBytes(Fixture.Path("Gguf", "conv-hf", "tokenizer.model"))[..600];
        for (int length = 0; length < whole.Length; length++)
        {
            try
            {
                Assert.InRange(SentencePieceModel.Parse(whole.AsSpan(0, length)).Count, 1, 384);
            }
            catch (InvalidDataException error)
            {
                Assert.Contains("SentencePiece", error.Message, StringComparison.Ordinal);
            }
        }
    }

    [Theory]
    [InlineData(new byte[] { 0x0A, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F })] // a length of 2^63
    [InlineData(new byte[] { 0x0A, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 1 })] // a number without end
    [InlineData(new byte[] { 0x0B })] // a group
    [InlineData(new byte[] { 0x0A, 3, 0x0A, 1, 0xFF })] // a text that is not UTF-8
    [InlineData(new byte[] { 0x0A, 2, 0x18, 9 })] // a type that there is not
    [InlineData(new byte[] { })]
    public void Parse_DamagedBytes_Refused(byte[] bytes) => Assert.Throws<InvalidDataException>(() => SentencePieceModel.Parse(bytes));

    private static VocabularyPiece[] Converted()
    {
        using GgufFile file = GgufFile.Open(Fixture.Path("Gguf", "conv-bf16.gguf"));
        GgufValue texts = file.Header.Strings("tokenizer.ggml.tokens")!, scores = file.Header.Find("tokenizer.ggml.scores")!, types = file.Header.Find("tokenizer.ggml.token_type")!;
        return [.. Enumerable.Range(0, texts.Count).Select(id => new VocabularyPiece(texts.Text(id)!, (float)scores.Number(id)!, (PieceType)types.Whole(id)!))];
    }

    private void Copy(params string[] names) => Array.ForEach(names, name => File.Copy(Fixture.Path("Gguf", "conv-hf", name), Path.Combine(_folder, name)));
}
