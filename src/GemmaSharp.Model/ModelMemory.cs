using System.Globalization;
using GemmaSharp.Kernels.KeyValues;
using GemmaSharp.Kernels.Tensors;
using GemmaSharp.Model.Config;
using GemmaSharp.Model.Export;
using GemmaSharp.Model.Names;
using GemmaSharp.Weights;

namespace GemmaSharp.Model;

/// <summary>Bytes of memory that a checkpoint's parts take once loaded, told from names, types and shapes alone.</summary>
/// <param name="Decoder">Packed matrices, norms and the embedding, which the head shares.</param>
/// <param name="Vision">The image tower and its embedder.</param>
/// <param name="Audio">The audio tower and its embedder.</param>
public sealed record ModelMemory(long Decoder, long Vision, long Audio)
{
    // As LayerCache and TextScratch take them.
    private const int WindowSlack = 2 * 128; // what it can step back, and a block begun
    private const int ScratchSlack = 1 << 16;
    private const int ScratchBuffers = 21;

    /// <summary>What the tensors of a source take, as far as the model of this config uses them.</summary>
    public static ModelMemory Of(IWeightSource source, Gemma3nConfig config)
    {
        CheckpointNames names = CheckpointNames.Find(new WeightScope(source));
        string text = names.Text.Path.Length == 0 ? "" : names.Text.Path + ".", head = names.Head.Path + ".";
        long decoder = 0, vision = 0, audio = 0;
        foreach (WeightEntry entry in source.Entries)
        {
            if (IsBelow(entry, names.VisionEmbedder) || IsBelow(entry, names.VisionTower))
            {
                vision += config.Vision is null ? 0 : BytesOf(entry);
            }
            else if (IsBelow(entry, names.AudioEmbedder) || IsBelow(entry, names.AudioTower))
            {
                audio += config.Audio is null ? 0 : BytesOf(entry);
            }
            else if (entry.Name.StartsWith(head, StringComparison.Ordinal) ? !config.Text.TieWordEmbeddings : IsLoaded(entry.Name, text, config.Text))
            {
                decoder += BytesOf(entry);
            }
        }

        return new ModelMemory(decoder, vision, audio);
    }

    /// <summary>Names of the tensors that layers without keys and values of their own have all the same.</summary>
    public static IReadOnlyCollection<string> Unused(IWeightSource source, TextConfig config) =>
        [.. source.Entries.Where(entry => GgufNames.ToGguf(entry.Name) is GgufName place && TextShapes.IsUnused(place.Name, config)).Select(entry => entry.Name)];

    /// <summary>Bytes of the keys and values of a full context.</summary>
    /// <param name="config">The decoder's.</param>
    /// <param name="contextLength">Tokens.</param>
    /// <param name="tokens">Tokens of a pass, which a sliding layer holds beside its window.</param>
    /// <param name="type">How they are stored.</param>
    public static long KeysAndValues(TextConfig config, int contextLength, int tokens, CacheType type)
    {
        long bytes = 0;
        for (int layer = 0; layer < config.FirstSharedLayer; layer++)
        {
            long most = config.LayerKinds[layer] == LayerKind.Full ? contextLength : (long)config.SlidingWindow + WindowSlack + tokens;
            bytes += KeyValueStore.BytesOf(type, config.KeyValueHeadCount, config.HeadDim, (int)long.Min(contextLength, most));
        }

        return bytes;
    }

    /// <summary>Bytes of the decoder's activations for so many tokens at once.</summary>
    public static long Activations(TextConfig config, int tokens)
    {
        const int ofHidden = 9; // rows beside AltUp's streams
        long heads = 2L * (config.HeadCount + config.KeyValueHeadCount) * config.HeadDim;
        long perLayer = (2L * config.LayerCount * config.HiddenSizePerLayerInput) + config.HiddenSizePerLayerInput;
        long row = ((ofHidden + config.AltUpInputCount) * config.HiddenSize) + heads + perLayer + (2L * config.IntermediateSizes.Max());
        return sizeof(float) * ((tokens * row) + long.Min(tokens * row, (long)ScratchBuffers * ScratchSlack) + config.VocabSize);
    }

    /// <summary>Bytes of what an encoder holds beside its weights while it computes, roughly and not less than it does; of the larger one.</summary>
    /// <param name="source">Tells the channels of the image tower's first map, its largest.</param>
    /// <param name="config">The encoders'.</param>
    /// <param name="processor">Sizes of what is encoded.</param>
    public static long Encoding(IWeightSource source, Gemma3nConfig config, ProcessorConfig processor)
    {
        const int bandValues = 3 << 20; // as VisionPass takes them
        const int audioRows = 12; // as AudioScratch and attention take them, the wide one counting as four
        long image = 0, sound = 0;
        if (config.Vision is not null)
        {
            WeightScope stem = CheckpointNames.Find(new WeightScope(source)).VisionTower.Child("conv_stem").Child("conv");
            long pixels = (long)processor.ImageWidth * processor.ImageHeight, channels = source.Find(stem.Path + ".weight")?.Shape[0] ?? 0;
            long first = pixels / 4 * channels;
            image = sizeof(float) * ((3 * pixels) + (3 * first) + (2 * long.Min(bandValues, 4 * first)));
        }

        if (config.Audio is AudioConfig audio)
        {
            long frames = processor.Mel.MaxSamples / processor.Mel.HopLength, bins = processor.Mel.BinCount;
            sound = sizeof(float) * ((frames / 2 * (bins / 2) * audio.SubsampleChannels[0]) + (2 * frames * bins) + (audioRows * frames / 4 * audio.HiddenSize));
        }

        return long.Max(image, sound);
    }

    private static bool IsBelow(WeightEntry entry, WeightScope scope) => entry.Name.StartsWith(scope.Path + ".", StringComparison.Ordinal);

    // The per-layer table stays in its file; layers that share keys and values have none of their own, whatever the file holds.
    private static bool IsLoaded(string name, string prefix, TextConfig config)
    {
        if (!name.StartsWith(prefix, StringComparison.Ordinal) || name == prefix + "embed_tokens_per_layer.weight")
        {
            return false;
        }

        return name[prefix.Length..].Split('.') is not ["layers", string number, "self_attn", "k_proj" or "v_proj" or "k_norm", ..]
            || !int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out int layer)
            || layer < config.FirstSharedLayer;
    }

    // Matrices are packed in their type; all else becomes floats.
    private static long BytesOf(WeightEntry entry)
    {
        long rows = entry.Shape.Count == 0 ? 1 : entry.Shape[0], columns = entry.Shape.Skip(1).Aggregate(1L, (count, size) => count * size);
        return entry.Shape.Count >= 2 && WeightTypes.Parse(entry.TypeName) is WeightType type && columns == entry.Shape[1]
            && rows is > 0 and <= int.MaxValue && columns is > 0 and <= int.MaxValue && columns % WeightTypes.BlockLength(type) == 0
            ? WeightMatrix.BytesOf(type, (int)rows, (int)columns)
            : rows * columns * sizeof(float);
    }
}
