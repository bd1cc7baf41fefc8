using System.Text.Json.Nodes;
using GemmaSharp.Model.MatFormer;

namespace GemmaSharp.Conversion;

/// <summary>The files beside the weights of a Hugging Face folder, for a slice of its model: config edited, the others as they are.</summary>
internal static class SlicedSideFiles
{
    private const string Config = "config.json";
    private const string Index = ".index.json";
    private static readonly string[] Endings = [".json", ".jinja", ".model"];

    /// <summary>Names and bytes.</summary>
    /// <exception cref="InvalidDataException">A file cannot be read.</exception>
    public static IReadOnlyDictionary<string, byte[]> Read(string folder, SlicePlan slice)
    {
        JsonObject config = UqffSideFiles.ReadObject(Path.Combine(folder, Config));
        SlicedConfig.Edit(config, slice);
        Dictionary<string, byte[]> files = new() { [Config] = UqffSideFiles.JsonBytes(config) };
        foreach (string path in Directory.EnumerateFiles(folder).Where(path => Endings.Any(ending => path.EndsWith(ending, StringComparison.OrdinalIgnoreCase))))
        {
            string name = Path.GetFileName(path);
            bool isOfTheWhole = name is "slices.json" or UqffReport.FileName || name.EndsWith(Index, StringComparison.OrdinalIgnoreCase);
            if (!isOfTheWhole)
            {
                files.TryAdd(name, UqffSideFiles.ReadBytes(path));
            }
        }

        return files;
    }
}
