namespace GemmaSharp.Tokenization;

/// <summary>What a SentencePiece piece is for; the numbers are those of the format.</summary>
public enum PieceType
{
    /// <summary>Text, made by merges.</summary>
    Normal = 1,

    /// <summary>Stands for what nothing covers.</summary>
    Unknown = 2,

    /// <summary>A control token.</summary>
    Control = 3,

    /// <summary>Text matched before all merges.</summary>
    UserDefined = 4,

    /// <summary>Fills a place.</summary>
    Unused = 5,

    /// <summary>One byte, written as &lt;0xHH&gt;.</summary>
    Byte = 6,
}
