using System.Globalization;
using GemmaSharp.Kernels.Tensors;
using GemmaSharp.Weights.Gguf;
using GemmaSharp.Weights.Safetensors;

namespace GemmaSharp.Weights.Uqff;

/// <summary>
/// Writes the weights of a UQFF model of version 1.2.0 as mistral.rs does (formats.md 13): shards of layers, sorted by key, and the
/// residual. Data goes to disk as it is made.
/// </summary>
public static class UqffWriter
{
    /// <summary>The version that is written.</summary>
    public static string Version => UqffVersion.Written;

    /// <summary>Whether a layer may have that type.</summary>
    public static bool CanHold(WeightType type) => GgufKind.CanHold(type);

    /// <summary>Writes shards and residual into a folder; within <see cref="NewFolder"/> nothing is left of a run that breaks.</summary>
    /// <param name="folder">Where to.</param>
    /// <param name="contents">The weights.</param>
    /// <param name="progress">Told the tensor in work, the bytes done and the bytes in all.</param>
    /// <param name="cancel">Stops.</param>
    /// <returns>The names of the shards.</returns>
    /// <exception cref="ArgumentException">The stem is no plain name, or a layer is none.</exception>
    /// <exception cref="WeightException">A tensor is there twice, a source no longer holds its data, or the folder cannot be written.</exception>
    public static IReadOnlyList<string> Write(string folder, UqffContents contents, Action<string, long, long>? progress, CancellationToken cancel)
    {
        if (contents.Stem.Length == 0 || contents.Stem.AsSpan().ContainsAny(['/', '\\', ':', '\0']) || contents.Stem[0] == '.')
        {
            throw new ArgumentException($"'{contents.Stem}': a plain name for the shards is expected");
        }

        IReadOnlyList<IReadOnlyList<StreamedTensor>> shards = Shards(contents);
        StreamedTensor[] residual = [.. SafetensorsWriter.InReferenceOrder(contents.Residual)];
        string[] names = [.. shards.Select((_, number) => string.Create(CultureInfo.InvariantCulture, $"{contents.Stem}-{number}{UqffFile.Extension}"))];
        long total = shards.Append(residual).Sum(Bytes), done = 0;
        Dictionary<string, string> metadata = new() { ["uqff.producer"] = "gemmasharp", ["uqff.version"] = UqffVersion.Written };
        foreach ((string name, IReadOnlyList<StreamedTensor> shard) in names.Zip(shards))
        {
            WriteFile(name, shard, metadata);
        }

        WriteFile(UqffFile.ResidualName, residual, []);
        return names;

        void WriteFile(string name, IReadOnlyList<StreamedTensor> tensors, Dictionary<string, string> facts)
        {
            long before = done;
            SafetensorsWriter.Write(
                Path.Combine(folder, name), tensors, facts, (tensor, written) => progress?.Invoke(tensor, long.Min(before + written, total), total), cancel);
            done += Bytes(tensors);
        }
    }

    /// <summary>The entries of every shard in the order of the file.</summary>
    internal static IReadOnlyList<IReadOnlyList<StreamedTensor>> Shards(UqffContents contents)
    {
        HashSet<string> names = [.. contents.Residual.Select(tensor => tensor.Name)];
        List<List<StreamedTensor>> shards = [];
        long bytes = 0;
        foreach (GgufTensor layer in contents.Layers.OrderBy(UqffEntries.KeyOf, StringComparer.Ordinal))
        {
            if (!names.Add(layer.Name))
            {
                throw new WeightException($"{layer.Name}: is to be written twice");
            }

            if (shards.Count == 0 || (bytes > 0 && bytes + layer.ByteCount > contents.ShardBytes))
            {
                shards.Add([.. UqffVersion.Entries()]);
                bytes = 0;
            }

            shards[^1].AddRange(UqffEntries.OfLayer(layer));
            bytes += layer.ByteCount;
        }

        return [.. shards.Select(shard => (IReadOnlyList<StreamedTensor>)[.. SafetensorsWriter.InReferenceOrder(shard)])];
    }

    private static long Bytes(IReadOnlyList<StreamedTensor> tensors) => tensors.Sum(tensor => tensor.ByteCount);
}
