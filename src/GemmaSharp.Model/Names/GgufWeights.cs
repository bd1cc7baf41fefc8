using GemmaSharp.Kernels.Memory;
using GemmaSharp.Model.Config;
using GemmaSharp.Weights;
using GemmaSharp.Weights.Gguf;

namespace GemmaSharp.Model.Names;

/// <summary>
/// A GGUF model and its projector under canonical names and shapes, so that nothing behind it knows of GGUF: stacked tensors appear as
/// their slices, tables without the rows that pad them.
/// </summary>
public sealed class GgufWeights : IWeightSource
{
    private readonly GgufFile _model;
    private readonly GgufFile? _projector;
    private readonly TextConfig _config;
    private readonly List<WeightEntry> _entries = [];
    private readonly Dictionary<string, (IWeightSource Source, WeightEntry Entry)> _byName = [];

    /// <summary>Takes over both files.</summary>
    /// <param name="model">The decoder.</param>
    /// <param name="projector">The towers; null for a model that takes text only.</param>
    /// <param name="config">Says how many rows of a table count.</param>
    public GgufWeights(GgufFile model, GgufFile? projector, TextConfig config)
    {
        _model = model;
        _projector = projector;
        _config = config;
        foreach (WeightEntry entry in model.Entries)
        {
            AddAll(model, entry);
        }

        foreach (WeightEntry entry in projector?.Entries ?? [])
        {
            AddAll(projector ?? model, entry);
        }
    }

    /// <inheritdoc/>
    public string Path => _model.Path;

    /// <inheritdoc/>
    public IReadOnlyList<WeightEntry> Entries => _entries;

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, string> Metadata => _model.Metadata;

    /// <inheritdoc/>
    public WeightEntry? Find(string name) => _byName.TryGetValue(name, out (IWeightSource Source, WeightEntry Entry) found) ? found.Entry : null;

    /// <inheritdoc/>
    public void Read(WeightEntry entry, long offset, Span<byte> into) => _byName[entry.Name].Source.Read(entry, offset, into);

    /// <inheritdoc/>
    public void Announce(WeightEntry entry, long offset, long length) => _byName[entry.Name].Source.Announce(entry, offset, length);

    /// <inheritdoc/>
    public MappedBytes? Lend(WeightEntry entry) => _byName[entry.Name].Source.Lend(entry);

    /// <inheritdoc/>
    public void RequireLent()
    {
        _model.RequireLent();
        _projector?.RequireLent();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _model.Dispose();
        _projector?.Dispose();
    }

    private void AddAll(GgufFile source, WeightEntry entry)
    {
        if (!GgufNames.IsStacked(entry.Name))
        {
            Add(source, Reshape(entry with { Name = GgufNames.ToCanonical(entry.Name) ?? entry.Name }));
            return;
        }

        // Writers drop the outermost dimension of a stack of one.
        int slices = entry.Shape.Count == 3 ? (int)long.Min(entry.Shape[0], _config.AltUpInputCount) : 1;
        IReadOnlyList<long> shape = entry.Shape.Count == 3 ? [.. entry.Shape.Skip(1)] : entry.Shape;
        long bytes = entry.Shape.Count == 3 && entry.Shape[0] > 0 ? entry.ByteCount / entry.Shape[0] : entry.ByteCount;
        for (int slice = 0; slice < slices; slice++)
        {
            string name = GgufNames.ToCanonical(entry.Name, slice) ?? entry.Name;
            Add(source, entry with { Name = name, Shape = shape, Offset = entry.Offset + (slice * bytes), ByteCount = bytes });
        }
    }

    private void Add(GgufFile source, WeightEntry entry)
    {
        if (!_byName.TryAdd(entry.Name, (source, entry)))
        {
            throw new WeightException($"{entry.File}: {entry.Name} stands in the model too; is this a projector?");
        }

        _entries.Add(entry);
    }

    private WeightEntry Reshape(WeightEntry entry)
    {
        if (entry.Name.EndsWith("embed_tokens_per_layer.weight", StringComparison.Ordinal))
        {
            return FirstRows(entry, _config.VocabSizePerLayerInput);
        }

        if (entry.Name.EndsWith("embed_tokens.weight", StringComparison.Ordinal) || entry.Name == "lm_head.weight")
        {
            return FirstRows(entry, _config.VocabSize);
        }

        // Scales and biases of the towers are vectors; some writers give them four dimensions (formats.md 4).
        bool isVector = entry.Name.Contains("_tower.", StringComparison.Ordinal) && !entry.Name.EndsWith(".weight", StringComparison.Ordinal);
        return isVector && entry.Shape.Count(size => size != 1) <= 1 ? entry with { Shape = [entry.Shape.Max()] } : entry;
    }

    // Rows behind the vocabulary are padding.
    private static WeightEntry FirstRows(WeightEntry entry, int rows) => entry.Shape.Count != 2 || entry.Shape[0] <= rows
        ? entry
        : entry with { Shape = [rows, entry.Shape[1]], ByteCount = entry.ByteCount / entry.Shape[0] * rows };
}
