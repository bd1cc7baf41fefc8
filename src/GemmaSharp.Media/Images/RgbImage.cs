namespace GemmaSharp.Media.Images;

/// <summary>A picture of 8-bit RGB pixels.</summary>
/// <param name="Width">Pixels in a row.</param>
/// <param name="Height">Rows.</param>
/// <param name="Pixels">[height, width, 3], row-major.</param>
public sealed record RgbImage(int Width, int Height, byte[] Pixels);
