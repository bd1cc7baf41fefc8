using System.Text;

namespace GemmaSharp.Tokenization.SentencePiece;

/// <summary>Reads the pieces of a SentencePiece tokenizer.model: of the whole message only field 1, the pieces, counts here.</summary>
internal static class SentencePieceModel
{
    private const int MaxBytes = 256 << 20;
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <exception cref="InvalidDataException">It cannot be read, or is no SentencePiece model.</exception>
    public static List<VocabularyPiece> Load(string path)
    {
        try
        {
            long length = new FileInfo(path).Length;
            return length <= MaxBytes ? Parse(File.ReadAllBytes(path)) : throw new InvalidDataException($"{length} bytes, at most {MaxBytes} expected of a tokenizer");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            throw new InvalidDataException($"{path}: {error.Message}", error);
        }
    }

    /// <exception cref="InvalidDataException">The bytes are no SentencePiece model.</exception>
    public static List<VocabularyPiece> Parse(ReadOnlySpan<byte> bytes)
    {
        const int piece = 1;
        List<VocabularyPiece> pieces = [];
        ProtobufCursor model = new(bytes);
        while (model.Next())
        {
            if (model.Field == piece)
            {
                pieces.Add(ReadPiece(model.Content));
            }
        }

        return pieces.Count is > 0 and <= PieceMerges.MaxPieces
            ? pieces
            : throw new InvalidDataException($"a SentencePiece model with {pieces.Count} pieces, 1 to {PieceMerges.MaxPieces} expected");
    }

    private static VocabularyPiece ReadPiece(ReadOnlySpan<byte> bytes)
    {
        const int text = 1, score = 2, type = 3;
        VocabularyPiece piece = new("", 0, PieceType.Normal);
        ProtobufCursor fields = new(bytes);
        while (fields.Next())
        {
            piece = fields.Field switch
            {
                text => piece with { Text = Decode(fields.Content) },
                score => piece with { Score = fields.Single },
                type => piece with { Type = fields.Number is >= (ulong)PieceType.Normal and <= (ulong)PieceType.Byte ? (PieceType)fields.Number : throw WrongType(fields.Number) },
                _ => piece,
            };
        }

        return piece;
    }

    private static string Decode(ReadOnlySpan<byte> text)
    {
        try
        {
            return Strict.GetString(text);
        }
        catch (DecoderFallbackException error)
        {
            throw new InvalidDataException("a SentencePiece model with a piece that is not UTF-8", error);
        }
    }

    private static InvalidDataException WrongType(ulong type) => new($"a SentencePiece model with a piece of type {type}, 1 to 6 expected");
}
