using GemmaSharp.Synthesis;
using GemmaSharp.Tokenization;
using GemmaSharp.Tokenization.SentencePiece;

namespace GemmaSharp.Tests.Library.Synthesis;

/// <summary>The vocabulary of made-up models.</summary>
public sealed class SyntheticVocabularyTests
{
    [Fact]
    public void Pieces_RealSize_MediaAtTheirRealIdsAndTextsUnique()
    {
        IReadOnlyList<VocabularyPiece> pieces = SyntheticVocabulary.Pieces(262400);

        Assert.Equal(262400, pieces.Select(piece => piece.Text).Distinct().Count());
        Assert.Equal(("<bos>", "<start_of_turn>", "<start_of_image>", "<image_soft_token>", "<end_of_audio>"), (pieces[2].Text, pieces[105].Text, pieces[255999].Text, pieces[262145].Text, pieces[262272].Text));
        Assert.Equal(256, pieces.Count(piece => piece.Type == PieceType.Byte));
    }

    [Theory]
    [InlineData("hello world")]
    [InlineData("Größe: 5 µm\n")]
    public void Pieces_AsTokenizer_TextComesBack(string text)
    {
        IReadOnlyList<VocabularyPiece> pieces = SyntheticVocabulary.Pieces(2048);
        Tokenizer tokenizer = Tokenizer.FromPieces(pieces.Select(piece => piece.Text), [.. pieces.Select(piece => piece.Score)], [.. pieces.Select(piece => piece.Type)]);

        int[] ids = tokenizer.Encode(text);

        Assert.Equal(text, tokenizer.Decode(ids));
        Assert.InRange(ids.Length, 1, 2 * text.Length);
    }
}
