using GemmaSharp.Kernels.Tensors;
using GemmaSharp.Model.Config;
using GemmaSharp.Model.Export;
using GemmaSharp.Weights.Gguf;

namespace GemmaSharp.Conversion;

/// <summary>The metadata of a slice that is saved as a GGUF file.</summary>
internal static class SlicedKeys
{
    private const string FileType = "general.file_type";
    private const string SizeLabel = "general.size_label";

    // As GgufTextKeys names them.
    private static readonly string[] OfLayers =
        ["gemma3n.block_count", "gemma3n.feed_forward_length", "gemma3n.attention.shared_kv_layers", "gemma3n.activation_sparsity_scale", "gemma3n.attention.sliding_window_pattern"];

    /// <summary>The parent's keys, of which those change that tell of layers and size.</summary>
    public static OrderedDictionary<string, GgufValue> OfFile(string path, TextConfig config, IReadOnlyList<ExportTensor> tensors)
    {
        using GgufContents parent = GgufContents.OfFile(path);
        OrderedDictionary<string, GgufValue> keys = parent.Keys, sliced = [];
        GgufTextKeys.Add(sliced, config, WeightType.F32);
        foreach (string key in OfLayers)
        {
            keys[key] = sliced[key];
        }

        if (keys.ContainsKey(SizeLabel))
        {
            keys[SizeLabel] = GgufValues.Text(GeneralKeys.SizeLabel(Weights(tensors)));
        }

        return keys;
    }

    /// <summary>The keys that a conversion gives a folder's model.</summary>
    public static OrderedDictionary<string, GgufValue> OfFolder(string folder, Gemma3nConfig config, IReadOnlyList<ExportTensor> tensors)
    {
        OrderedDictionary<string, GgufValue> keys = [];
        GeneralKeys.Add(keys, folder, projector: false, Weights(tensors));
        GgufTextKeys.Add(keys, config.Text, WeightType.F32);
        WeightType main = tensors.GroupBy(tensor => tensor.Type).MaxBy(type => type.Sum(tensor => tensor.ByteCount))?.Key ?? WeightType.F32;
        if (QuantizationRecipe.All.FirstOrDefault(recipe => recipe.Main == main) is QuantizationRecipe recipe)
        {
            keys[FileType] = GgufValues.U32(recipe.FileType);
        }

        TokenizerKeys.Add(keys, folder, config);
        return keys;
    }

    private static long Weights(IReadOnlyList<ExportTensor> tensors) => tensors.Sum(tensor => tensor.Count);
}
