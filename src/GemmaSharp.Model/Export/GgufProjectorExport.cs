using GemmaSharp.Kernels.Tensors;
using GemmaSharp.Model.Config;
using GemmaSharp.Model.Names;
using GemmaSharp.Weights;
using GemmaSharp.Weights.Gguf;

namespace GemmaSharp.Model.Export;

/// <summary>
/// The towers and embedders as a projector file keeps them (formats.md 4), in the checkpoint's order. The scales of image blocks get the
/// shape [1, C, 1, 1] that llama.cpp needs to run them.
/// </summary>
public static class GgufProjectorExport
{
    private const int QuantizationVersion = 2;
    private static readonly string[] Parts = ["v.", "a.", "mm."];

    /// <summary>Whether a tensor of that name stands in the projector, not in the model.</summary>
    internal static bool Holds(string gguf) => Array.Exists(Parts, part => gguf.StartsWith(part, StringComparison.Ordinal));

    /// <summary>The tensors in the order of the file.</summary>
    /// <exception cref="WeightException">The checkpoint has no towers, or a tensor without a place in GGUF.</exception>
    public static IReadOnlyList<ExportTensor> Tensors(IWeightSource source, WeightType wanted) => Tensors(source.Entries, wanted) is { Count: > 0 } tensors
        ? tensors
        : throw new WeightException($"{source.Path}: holds no image or audio encoder, so there is no projector to make");

    /// <summary>The towers and embedders among tensors, in the order of the file.</summary>
    /// <exception cref="WeightException">A tensor has no place in GGUF.</exception>
    public static IReadOnlyList<ExportTensor> Tensors(IReadOnlyList<WeightEntry> entries, WeightType wanted)
    {
        List<ExportTensor> tensors = [];
        foreach (WeightEntry entry in entries)
        {
            GgufName place = GgufNames.ToGguf(entry.Name) ?? throw new WeightException($"{entry.File}: {entry.Name} is no tensor of a Gemma 3n");
            if (Holds(place.Name))
            {
                tensors.Add(new ExportTensor(place.Name, TypeOf(place.Name, entry.Shape, wanted), ShapeOf(place.Name, entry.Shape), [entry]));
            }
        }

        return tensors;
    }

    /// <summary>Appends the keys. Where the format has no value of this model's, the converter's placeholders stand.</summary>
    public static void AddKeys(OrderedDictionary<string, GgufValue> keys, Gemma3nConfig config, ProcessorConfig processor, WeightType type)
    {
        keys.Add("general.file_type", GgufValues.U32(ExportTypes.FileType(type)));
        if (config.Vision is VisionConfig vision)
        {
            keys.Add("clip.has_vision_encoder", GgufValues.Flag(true));
            keys.Add("clip.vision.projection_dim", GgufValues.U32(config.Text.HiddenSize));
            keys.Add("clip.vision.image_size", GgufValues.U32(processor.ImageWidth));
            keys.Add("clip.vision.patch_size", GgufValues.U32(3));
            keys.Add("clip.vision.embedding_length", GgufValues.U32(vision.HiddenSize));
            keys.Add("clip.vision.feed_forward_length", GgufValues.U32(8192));
            keys.Add("clip.vision.block_count", GgufValues.U32(128));
            keys.Add("clip.vision.attention.head_count", GgufValues.U32(8));
            keys.Add("clip.vision.image_mean", GgufValues.F32s(processor.Normalize ? [.. processor.Mean] : [0, 0, 0]));
            keys.Add("clip.vision.image_std", GgufValues.F32s(processor.Normalize ? [.. processor.Deviation] : [1, 1, 1]));
        }

        if (config.Audio is AudioConfig audio)
        {
            keys.Add("clip.has_audio_encoder", GgufValues.Flag(true));
            keys.Add("clip.audio.projection_dim", GgufValues.U32(config.Text.HiddenSize));
            keys.Add("clip.audio.embedding_length", GgufValues.U32(audio.HiddenSize));
            keys.Add("clip.audio.feed_forward_length", GgufValues.U32(6144));
            keys.Add("clip.audio.block_count", GgufValues.U32(audio.LayerCount));
            keys.Add("clip.audio.attention.head_count", GgufValues.U32(audio.HeadCount));
        }

        if (config.Vision is not null)
        {
            keys.Add("clip.vision.projector_type", GgufValues.Text("gemma3nv"));
            keys.Add("clip.vision.attention.layer_norm_epsilon", GgufValues.F32(1e-6));
        }

        if (config.Audio is AudioConfig ears)
        {
            keys.Add("clip.audio.projector_type", GgufValues.Text("gemma3na"));
            keys.Add("clip.audio.num_mel_bins", GgufValues.U32(ears.InputFeatureSize));
            keys.Add("clip.audio.attention.layer_norm_epsilon", GgufValues.F32(1e-5));
        }

        keys.Add("general.quantization_version", GgufValues.U32(QuantizationVersion));
    }

    private static WeightType TypeOf(string name, IReadOnlyList<long> shape, WeightType wanted)
    {
        bool isExact = shape.Count <= 1 || name.StartsWith("v.conv_stem.", StringComparison.Ordinal) || name.StartsWith("a.conv1d.", StringComparison.Ordinal)
            || (name.StartsWith("a.", StringComparison.Ordinal) && name.EndsWith(".conv_dw.weight", StringComparison.Ordinal));
        return isExact ? WeightType.F32
            : name == "a.pre_encode.out.weight" ? WeightType.F16
            : ExportTypes.Fit(wanted, shape[^1]);
    }

    private static IReadOnlyList<long> ShapeOf(string name, IReadOnlyList<long> shape)
    {
        bool isChannels = name.EndsWith(".layer_scale.gamma", StringComparison.Ordinal) || name == "v.conv_stem.conv.bias";
        return isChannels && shape.Count == 1 ? [1, shape[0], 1, 1] : shape;
    }
}
