using GemmaSharp.Conversion;

namespace GemmaSharp.Tests.Cli;

/// <summary>The pocket model as GGUF files, made once for a class of tests.</summary>
public sealed class PocketGguf : IDisposable
{
    public PocketGguf()
    {
        Convert(Quantised, "q8_0", projector: false);
        Convert(Plain, "bf16", projector: false);
        Convert(Projector, "f16", projector: true);
    }

    public string Folder { get; } = Directory.CreateTempSubdirectory("pocket-gguf").FullName;

    public string Quantised => Path.Combine(Folder, "pocket-Q8_0.gguf");

    public string Plain => Path.Combine(Folder, "pocket-BF16.gguf");

    public string Projector => Path.Combine(Folder, "mmproj-pocket-F16.gguf");

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    private static void Convert(string output, string type, bool projector) =>
        GgufConversion.Convert(Fixture.Pocket(), output, new ConversionOptions { OutputType = type, Projector = projector });
}
