namespace GemmaSharp.Tokenization.SentencePiece;

/// <summary>A piece of a vocabulary as SentencePiece and GGUF keep it.</summary>
/// <param name="Text">Its text.</param>
/// <param name="Score">A piece with a higher score merges first.</param>
/// <param name="Type">What it is for.</param>
public readonly record struct VocabularyPiece(string Text, float Score, PieceType Type);
