using GemmaSharp.Weights.Safetensors;

namespace GemmaSharp.Weights;

/// <summary>Opens a checkpoint from a file, an index or a folder.</summary>
public static class WeightFiles
{
    private const string IndexName = "model.safetensors.index.json";
    private const string SingleName = "model.safetensors";

    /// <summary>Opens a safetensors file, an index of shards, or the folder that holds either.</summary>
    /// <exception cref="WeightException">Nothing to open, or not well-formed.</exception>
    public static IWeightSource Open(string path)
    {
        string file = Directory.Exists(path) ? FindInFolder(path) : path;
        if (!File.Exists(file))
        {
            throw new WeightException($"{file}: no such file or folder");
        }

        return file.EndsWith(".index.json", StringComparison.OrdinalIgnoreCase) ? SafetensorsIndex.Open(file) : SafetensorsFile.Open(file);
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

        string[] others = Directory.GetFiles(folder, "*.safetensors");
        return others.Length == 1
            ? others[0]
            : throw new WeightException($"{folder}: holds no {SingleName} and no {IndexName}, but {others.Length} other .safetensors files");
    }
}
