using GemmaSharp.Weights.Gguf;
using GemmaSharp.Weights.Safetensors;
using GemmaSharp.Weights.Uqff;

namespace GemmaSharp.Weights;

/// <summary>Opens a checkpoint from a file, an index or a folder.</summary>
public static class WeightFiles
{
    private const string IndexName = "model.safetensors.index.json";
    private const string SingleName = "model.safetensors";
    private const int MagicBytes = 8;

    /// <summary>Opens a GGUF or safetensors file, an index of shards, the first shard of a UQFF model, or the folder that holds one of them.</summary>
    /// <param name="path">File or folder.</param>
    /// <param name="map">Whether tensors are read from mappings and not by handle.</param>
    /// <exception cref="WeightException">Nothing to open, or not well-formed.</exception>
    public static IWeightSource Open(string path, bool map = false)
    {
        string file = Directory.Exists(path) ? FindInFolder(path) : path;
        if (!File.Exists(file))
        {
            throw new WeightException($"{file}: no such file or folder");
        }

        return FormatOf(file) switch
        {
            WeightFormat.Gguf => GgufFile.Open(file, map),
            WeightFormat.Index => SafetensorsIndex.Open(file, map),
            WeightFormat.Uqff => UqffFile.Open(file, map),
            _ => SafetensorsFile.Open(file, map),
        };
    }

    /// <summary>Whether a folder holds a file of weights of any format.</summary>
    public static bool IsIn(string folder) => Directory.EnumerateFiles(folder, "*.safetensors*").Any()
        || UqffFile.FindIn(folder).Count > 0 || GgufFolder.FindModel(folder) is not null;

    /// <summary>The format of a file by its first bytes; a name counts only where they say nothing.</summary>
    /// <exception cref="WeightException">The file cannot be read.</exception>
    public static WeightFormat FormatOf(string path)
    {
        using CheckpointFile file = CheckpointFile.Open(path);
        Span<byte> head = stackalloc byte[MagicBytes];
        head = head[..(int)long.Min(head.Length, file.Length)];
        file.Read(0, head, "the first bytes");
        if (head.StartsWith("GGUF"u8) || path.EndsWith(".gguf", StringComparison.OrdinalIgnoreCase))
        {
            return WeightFormat.Gguf;
        }

        // A UQFF shard is a safetensors file; only its name says more.
        if (UqffFile.IsNamed(path))
        {
            return WeightFormat.Uqff;
        }

        // Text holds no zero bytes; the length before a safetensors header, below 2^32, always does.
        return head.TrimStart(" \t\r\n"u8).StartsWith("{"u8) && !head.Contains((byte)0) ? WeightFormat.Index : WeightFormat.Safetensors;
    }

    private static string FindInFolder(string folder)
    {
        foreach (string name in (ReadOnlySpan<string>)[IndexName, SingleName])
        {
            string file = Path.Combine(folder, name);
            if (File.Exists(file))
            {
                return file;
            }
        }

        IReadOnlyList<string> quantised = UqffFile.FindIn(folder);
        if (quantised.Count > 0)
        {
            return quantised.Count == 1
                ? quantised[0]
                : throw new WeightException($"{folder}: holds several quantised models, name one of them: {string.Join(", ", quantised.Select(Path.GetFileName))}");
        }

        string[] others = Directory.GetFiles(folder, "*.safetensors");
        return others.Length == 1 ? others[0] : GgufFolder.FindModel(folder)
            ?? throw new WeightException($"{folder}: holds no {SingleName}, {IndexName} or .gguf file, but {others.Length} other .safetensors files");
    }
}

/// <summary>The formats of weight files.</summary>
public enum WeightFormat
{
    /// <summary>A safetensors file.</summary>
    Safetensors,

    /// <summary>A table of safetensors files.</summary>
    Index,

    /// <summary>A GGUF file.</summary>
    Gguf,

    /// <summary>A shard of a UQFF model.</summary>
    Uqff,
}
