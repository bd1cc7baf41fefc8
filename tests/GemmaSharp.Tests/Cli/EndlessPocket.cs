namespace GemmaSharp.Tests.Cli;

/// <summary>The pocket model with room for an answer of minutes: whatever holds up a test, it is still running when the interrupt comes.</summary>
internal sealed class EndlessPocket : IDisposable
{
    private const string Context = "\"max_position_embeddings\": 4096";
    private readonly string _folder = Directory.CreateTempSubdirectory("endless-pocket").FullName;

    public EndlessPocket()
    {
        foreach (string file in Directory.EnumerateFiles(Fixture.Pocket()))
        {
            File.Copy(file, Path.Combine(_folder, Path.GetFileName(file)));
        }

        string config = Path.Combine(_folder, "config.json"), text = File.ReadAllText(config);
        Assert.Contains(Context, text, StringComparison.Ordinal);
        File.WriteAllText(config, text.Replace(Context, "\"max_position_embeddings\": 1000000", StringComparison.Ordinal));
    }

    /// <summary>What makes `gemmasharp run` answer without end.</summary>
    public IReadOnlyList<string> Arguments => ["-m", _folder, "--ignore-eos", "--temperature", "100", "--top-k", "0", "--seed", "5"];

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
