using System.Security.Cryptography;
using GemmaSharp.Conversion;
using GemmaSharp.Loading;
using GemmaSharp.Model.Config;
using GemmaSharp.Model.Export;
using GemmaSharp.Model.Names;
using GemmaSharp.Weights;
using GemmaSharp.Weights.Gguf;

namespace GemmaSharp.Diagnostics;

/// <summary>
/// Checks the weights of a model file or folder: the structure, which opening checks, the shapes where it is a Gemma 3n, and that every
/// scale and weight is a number. It reads every byte once, a piece at a time.
/// </summary>
internal static class Verification
{
    /// <summary>Checks a file or folder.</summary>
    /// <param name="path">A GGUF or safetensors file, an index, or a folder.</param>
    /// <param name="hash">Whether to compute SHA-256 of every file and tensor.</param>
    /// <param name="progress">Told how far it is.</param>
    /// <param name="cancel">Stops.</param>
    public static VerificationReport Run(string path, bool hash, IProgress<FileProgress>? progress = null, CancellationToken cancel = default)
    {
        List<string> findings = [];
        List<VerifiedTensor> tensors = [];
        Dictionary<string, string> files = [];
        try
        {
            using IWeightSource source = WeightFiles.Open(path);
            findings.AddRange(Shapes(path, source));
            long total = source.Entries.Sum(entry => entry.ByteCount), done = 0;
            foreach (WeightEntry entry in source.Entries)
            {
                cancel.ThrowIfCancellationRequested();
                tensors.Add(Check(source, entry, hash, findings));
                progress?.Report(new FileProgress(entry.Name, done += entry.ByteCount, total));
            }

            IEnumerable<string> read = source.Entries.Select(entry => entry.File).Append(source.Path).Distinct();
            foreach (string file in hash ? read.Order(StringComparer.Ordinal) : Enumerable.Empty<string>())
            {
                cancel.ThrowIfCancellationRequested();
                files.Add(file, HashOf(file));
            }
        }
        catch (Exception error) when (error is WeightException or InvalidDataException)
        {
            findings.Add(error.Message);
        }

        return new VerificationReport(path, tensors, files, findings);
    }

    private static VerifiedTensor Check(IWeightSource source, WeightEntry entry, bool hash, List<string> findings)
    {
        using IncrementalHash? digest = hash ? IncrementalHash.CreateHash(HashAlgorithmName.SHA256) : null;
        if (TensorCheck.Find(source, entry, digest) is string wrong)
        {
            findings.Add($"{entry.Name}: {wrong}");
        }

        return new VerifiedTensor(entry.Name, entry.TypeName, [.. entry.Shape], entry.ByteCount, digest is null ? null : System.Convert.ToHexStringLower(digest.GetHashAndReset()));
    }

    private static string HashOf(string file)
    {
        try
        {
            using FileStream stream = File.OpenRead(file);
            return System.Convert.ToHexStringLower(SHA256.HashData(stream));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new InvalidDataException($"{file}: cannot be read: {error.Message}", error);
        }
    }

    // Only a model with its config says which tensors it must have.
    private static IReadOnlyList<string> Shapes(string path, IWeightSource source)
    {
        if (source is GgufFile { Header: GgufMetadata keys } file)
        {
            return keys.Text("general.architecture") == "gemma3n" ? OfGguf(file) : [];
        }

        return Directory.Exists(path) && HubFolder.IsOne(path)
            ? GgufTextExport.Problems(source, ConfigJson.Read(Path.Combine(path, "config.json")).Text)
            : [];
    }

    private static IReadOnlyList<string> OfGguf(GgufFile file)
    {
        TextConfig config = GgufConfig.Read(file, projector: null).Text;
        using GgufWeights weights = new(GgufFile.Open(file.Path), projector: null, config);
        return GgufTextExport.Problems(weights, config);
    }
}
