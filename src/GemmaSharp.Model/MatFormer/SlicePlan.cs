using GemmaSharp.Model.Config;

namespace GemmaSharp.Model.MatFormer;

/// <summary>A slice that fits its parent: which layers stay, under which numbers, and the config of what is left (text.md 13.3).</summary>
public sealed class SlicePlan
{
    private readonly MatFormerSlice _slice;
    private readonly string _place;
    private readonly int[] _kept;

    private SlicePlan(TextConfig parent, MatFormerSlice slice, string place)
    {
        Parent = parent;
        _slice = slice;
        _place = place;
        CheckSkipped();
        _kept = [.. Enumerable.Range(0, parent.LayerCount).Where(layer => !slice.SkippedLayers.Contains(layer))];
        CheckWidths();
        Config = parent with
        {
            IntermediateSizes = slice.IntermediateSizes,
            LayerKinds = [.. KeptLayers.Select(layer => parent.LayerKinds[layer])],
            SparsityDeviations = [.. KeptLayers.Select(layer => parent.SparsityDeviations[layer])],
            SharedLayerCount = KeptLayers.Count(layer => layer >= parent.FirstSharedLayer),
        };
    }

    /// <summary>What users call it.</summary>
    public string Name => _slice.Name;

    /// <summary>What to keep of the parent.</summary>
    public MatFormerSlice Slice => _slice;

    /// <summary>Whether nothing is left out.</summary>
    public bool IsWhole => Config.LayerCount == Parent.LayerCount && Config.IntermediateSizes.SequenceEqual(Parent.IntermediateSizes);

    /// <summary>The config that the slice was cut from.</summary>
    public TextConfig Parent { get; }

    /// <summary>The parent's index of every layer that stays.</summary>
    public IReadOnlyList<int> KeptLayers => _kept;

    /// <summary>The config of the slice.</summary>
    public TextConfig Config { get; }

    /// <summary>Checks a slice against its parent.</summary>
    /// <param name="parent">The whole model.</param>
    /// <param name="slice">What to keep of it.</param>
    /// <param name="place">Where the slice is written, for messages.</param>
    /// <exception cref="InvalidDataException">It does not fit; one line says why.</exception>
    public static SlicePlan Create(TextConfig parent, MatFormerSlice slice, string place) => new(parent, slice, place);

    /// <summary>The index that a layer of the parent has in the slice; null where it is skipped.</summary>
    public int? NewIndex(int layer) => Array.IndexOf(_kept, layer) is int index and >= 0 ? index : null;

    internal InvalidDataException Error(string what) => new($"{_place}: '{_slice.Name}': {what}");

    private void CheckSkipped()
    {
        int layers = Parent.LayerCount;
        foreach (int layer in _slice.SkippedLayers)
        {
            if ((uint)layer >= (uint)layers)
            {
                throw Error($"skips layer {layer}, 0 to {layers - 1} expected");
            }
        }

        if (_slice.SkippedLayers.Distinct().Count() != _slice.SkippedLayers.Count)
        {
            throw Error("skips a layer more than once");
        }

        if (_slice.SkippedLayers.Count == layers)
        {
            throw Error($"skips all {layers} layers, at least one must stay");
        }

        for (int user = Parent.FirstSharedLayer; user < layers; user++)
        {
            int donor = Parent.CacheLayer(user);
            if (_slice.SkippedLayers.Contains(donor))
            {
                throw Error($"skips layer {donor}, whose keys and values layer {user} reads; it must stay");
            }
        }
    }

    private void CheckWidths()
    {
        if (_slice.IntermediateSizes.Count != KeptLayers.Count)
        {
            throw Error(
                $"lists {_slice.IntermediateSizes.Count} widths, {KeptLayers.Count} expected: {Parent.LayerCount} layers less {_slice.SkippedLayers.Count} skipped");
        }

        for (int layer = 0; layer < KeptLayers.Count; layer++)
        {
            int width = _slice.IntermediateSizes[layer], most = Parent.IntermediateSizes[KeptLayers[layer]];
            if (width < 1 || width > most)
            {
                throw Error($"width {width} at place {layer}, layer {KeptLayers[layer]} of the model: 1 to {most} expected");
            }
        }
    }
}
