namespace GemmaSharp.Conversion;

/// <summary>What a conversion writes.</summary>
internal sealed record ConversionOptions
{
    /// <summary>Type of the matrices: f32, f16, bf16, q8_0, or auto for the checkpoint's own 16 bits.</summary>
    public string OutputType { get; init; } = "auto";

    /// <summary>Whether to write the image and audio encoders, as a projector file, in place of the decoder.</summary>
    public bool Projector { get; init; }
}

/// <summary>How far the writing of a file is.</summary>
/// <param name="Tensor">The tensor in work.</param>
/// <param name="Done">Bytes written.</param>
/// <param name="Total">Bytes in all.</param>
internal readonly record struct FileProgress(string Tensor, long Done, long Total)
{
    /// <summary>What writers tell, as progress.</summary>
    public static Action<string, long, long> To(IProgress<FileProgress>? progress) => (name, done, total) => progress?.Report(new FileProgress(name, done, total));
}
