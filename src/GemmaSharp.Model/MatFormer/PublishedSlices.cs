using GemmaSharp.Model.Config;

namespace GemmaSharp.Model.MatFormer;

/// <summary>The slices that are known of the published E4B model, as a table that comes with the program.</summary>
public static class PublishedSlices
{
    private const string FileName = "gemma-3n-E4B.csv";
    private const int LayerCount = 35;
    private const int IntermediateSize = 16384;
    private const int HiddenSize = 2048;

    /// <summary>Whether a config has the sizes of the published E4B.</summary>
    public static bool Fit(TextConfig config) =>
        config.LayerCount == LayerCount && config.HiddenSize == HiddenSize && config.IntermediateSizes.All(width => width == IntermediateSize);

    /// <summary>The table.</summary>
    public static MatFormerTable Read()
    {
        using Stream stream = typeof(PublishedSlices).Assembly.GetManifestResourceStream(FileName)
            ?? throw new InvalidOperationException($"{FileName} is not part of the program");
        using StreamReader reader = new(stream);
        return MatFormerTable.Parse(reader.ReadToEnd(), FileName);
    }
}
