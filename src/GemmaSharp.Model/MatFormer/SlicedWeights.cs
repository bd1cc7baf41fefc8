using System.Globalization;
using GemmaSharp.Kernels.Memory;
using GemmaSharp.Kernels.Tensors;
using GemmaSharp.Weights;

namespace GemmaSharp.Model.MatFormer;

/// <summary>
/// A checkpoint seen through a slice: skipped layers are gone, the others renumbered, feed-forwards narrowed, the per-layer embedding without
/// the columns of skipped layers. Quantised weights are cut between blocks and stay as they are; nothing is copied.
/// </summary>
public sealed class SlicedWeights : IWeightSource
{
    private readonly IWeightSource _parent;
    private readonly SlicePlan _plan;
    private readonly string _layers;
    private readonly Dictionary<string, SlicedTensor> _byName = [];
    private readonly List<WeightEntry> _entries = [];

    /// <summary>Looks through a slice; the parent passes to the new source.</summary>
    /// <exception cref="WeightException">A tensor has another shape than the parent's config says, or a type that cannot be cut.</exception>
    /// <exception cref="InvalidDataException">A width falls inside a block.</exception>
    public SlicedWeights(IWeightSource parent, SlicePlan plan)
    {
        _parent = parent;
        _plan = plan;
        string text = CheckpointNames.Find(new WeightScope(parent)).Text.Path;
        string prefix = text.Length == 0 ? "" : text + ".";
        _layers = prefix + "layers.";
        foreach (WeightEntry entry in parent.Entries)
        {
            if (entry.Name.StartsWith(_layers, StringComparison.Ordinal))
            {
                AddOfLayer(entry);
            }
            else if (entry.Name == prefix + "embed_tokens_per_layer.weight")
            {
                AddPerLayer(entry, columns: true);
            }
            else if (entry.Name == prefix + "per_layer_model_projection.weight")
            {
                AddPerLayer(entry, columns: false);
            }
            else
            {
                Add(entry, new SlicedTensor(entry, null));
            }
        }
    }

    /// <inheritdoc/>
    public string Path => _parent.Path;

    /// <inheritdoc/>
    public IReadOnlyList<WeightEntry> Entries => _entries;

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, string> Metadata => _parent.Metadata;

    /// <inheritdoc/>
    public WeightEntry? Find(string name) => _byName.TryGetValue(name, out SlicedTensor? tensor) ? tensor.Entry : null;

    /// <inheritdoc/>
    public void Read(WeightEntry entry, long offset, Span<byte> into)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(into.Length, entry.ByteCount - offset, nameof(into));
        SlicedTensor tensor = _byName[entry.Name];
        if (tensor.Cut is null)
        {
            _parent.Read(tensor.Parent, offset, into);
        }
        else
        {
            tensor.Cut.Read(_parent, offset, into);
        }
    }

    /// <inheritdoc/>
    public MappedBytes? Lend(WeightEntry entry) => _byName[entry.Name] is { Cut: null } whole ? _parent.Lend(whole.Parent) : null;

    /// <inheritdoc/>
    public void RequireLent() => _parent.RequireLent();

    /// <inheritdoc/>
    public void Dispose() => _parent.Dispose();

    private void AddOfLayer(WeightEntry entry)
    {
        string numbered = entry.Name[_layers.Length..];
        int dot = numbered.IndexOf('.', StringComparison.Ordinal);
        if (dot < 0 || ParseNumber(numbered[..dot]) is not int number || number >= _plan.Parent.LayerCount)
        {
            Add(entry, new SlicedTensor(entry, null));
            return;
        }

        if (_plan.NewIndex(number) is not int layer)
        {
            return;
        }

        string rest = numbered[dot..];
        WeightEntry renamed = entry with { Name = string.Create(CultureInfo.InvariantCulture, $"{_layers}{layer}{rest}") };
        int width = _plan.Config.IntermediateSizes[layer], whole = _plan.Parent.IntermediateSizes[number];
        bool rows = rest is ".mlp.gate_proj.weight" or ".mlp.up_proj.weight", columns = rest == ".mlp.down_proj.weight";
        if (width == whole || (!rows && !columns))
        {
            Add(renamed, new SlicedTensor(entry, null));
        }
        else
        {
            TensorShape shape = ShapeOf(entry, rows ? whole : null, columns ? whole : null);
            if (columns && width % shape.BlockLength != 0)
            {
                throw _plan.Error($"width {width} at place {layer} falls inside a block of {entry.Name}, whose type is {entry.TypeName}: a multiple of {shape.BlockLength} expected");
            }

            AddCut(renamed, entry, shape, rows ? [new Part(0, width)] : null, columns ? [new Part(0, width)] : null);
        }
    }

    // Null unless written as a layer's number is, so that two names never become one.
    private static int? ParseNumber(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && (text[0] != '0' || text.Length == 1) ? number : null;

    private void AddPerLayer(WeightEntry entry, bool columns)
    {
        if (_plan.KeptLayers.Count == _plan.Parent.LayerCount)
        {
            Add(entry, new SlicedTensor(entry, null));
            return;
        }

        int one = _plan.Parent.HiddenSizePerLayerInput, all = one * _plan.Parent.LayerCount;
        TensorShape shape = ShapeOf(entry, columns ? null : all, columns ? all : null);
        if (columns && one % shape.BlockLength != 0)
        {
            throw _plan.Error($"{one} columns of {entry.Name} belong to a layer, but its type {entry.TypeName} has blocks of {shape.BlockLength}, so that none can be left out");
        }

        List<Part> parts = [];
        foreach (int layer in _plan.KeptLayers)
        {
            if (parts.Count > 0 && parts[^1].Start + parts[^1].Count == layer * one)
            {
                parts[^1] = parts[^1] with { Count = parts[^1].Count + one };
            }
            else
            {
                parts.Add(new Part(layer * one, one));
            }
        }

        AddCut(entry, entry, shape, columns ? null : parts, columns ? parts : null);
    }

    private void AddCut(WeightEntry renamed, WeightEntry parent, TensorShape shape, IReadOnlyList<Part>? rows, IReadOnlyList<Part>? columns)
    {
        long rowBytes = shape.Bytes(shape.Columns);
        TensorCut cut = columns is null
            ? new TensorCut(parent, 1, parent.ByteCount, [.. (rows ?? []).Select(part => new ByteRun(part.Start * rowBytes, part.Count * rowBytes))])
            : new TensorCut(parent, shape.Rows, rowBytes, [.. columns.Select(part => new ByteRun(shape.Bytes(part.Start), shape.Bytes(part.Count)))]);
        long[] sizes = [rows?.Sum(part => (long)part.Count) ?? shape.Rows, columns?.Sum(part => (long)part.Count) ?? shape.Columns];
        Add(renamed with { Shape = sizes, ByteCount = cut.ByteCount }, new SlicedTensor(parent, cut));
    }

    private void Add(WeightEntry entry, SlicedTensor tensor)
    {
        _byName.Add(entry.Name, tensor with { Entry = entry });
        _entries.Add(entry);
    }

    // A null stands for any size.
    private TensorShape ShapeOf(WeightEntry entry, int? rows, int? columns)
    {
        WeightType type = WeightTypes.Parse(entry.TypeName)
            ?? throw new WeightException($"{Path}: {entry.Name} has type {entry.TypeName}, which cannot be cut into a slice");
        if (WeightTypes.BlockRows(type) > 1)
        {
            throw new WeightException($"{Path}: {entry.Name}: {type} joins rows that are far apart and cannot be cut into a slice; quantise the slice, or take another type");
        }

        if (entry.Shape.Count != 2 || entry.Shape[0] != (rows ?? entry.Shape[0]) || entry.Shape[1] != (columns ?? entry.Shape[1]))
        {
            throw new WeightException(
                $"{entry.File}: {entry.Name}: [{rows?.ToString(CultureInfo.InvariantCulture) ?? "any"}, {columns?.ToString(CultureInfo.InvariantCulture) ?? "any"}] expected, {entry.ShapeText} found; does the config belong to this checkpoint?");
        }

        return new TensorShape(type, entry.Shape[0], entry.Shape[1]);
    }

    // Consecutive rows or columns.
    private readonly record struct Part(int Start, int Count);

    private readonly record struct TensorShape(WeightType Type, long Rows, long Columns)
    {
        public int BlockLength => WeightTypes.BlockLength(Type);

        public long Bytes(long columns) => WeightTypes.RowBytes(Type, columns);
    }

    // Cut is null where the whole tensor stays.
    private sealed record SlicedTensor(WeightEntry Parent, TensorCut? Cut)
    {
        public WeightEntry Entry { get; init; } = Parent;
    }
}
