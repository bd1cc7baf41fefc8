using System.Buffers;
using GemmaSharp.Kernels.Memory;
using GemmaSharp.Kernels.Ops;
using GemmaSharp.Kernels.Quantizers;
using GemmaSharp.Kernels.Tensors;
using GemmaSharp.Kernels.Threading;
using GemmaSharp.Model.Export;
using GemmaSharp.Model.Names;
using GemmaSharp.Weights;

namespace GemmaSharp.Model.InPlace;

/// <summary>
/// A checkpoint whose matrices are quantised as they are read: those of the decoder, or the large ones of the encoders, or both. Norms, routers,
/// LAuReL, the gates of per-layer inputs, convolutions and positions stay as they are; so does the per-layer table, which is left in its file.
/// </summary>
public sealed class QuantizedWeights : IWeightSource
{
    // Smaller ones are multiplied in floats whatever their type, so that quantising them would only lose.
    private const long LeastOfEncoders = 1 << 18;
    private static readonly string[] LayerMatrices = ["attn_q", "attn_k", "attn_v", "attn_output", "ffn_gate", "ffn_up", "ffn_down"];
    private readonly IWeightSource _source;
    private readonly ThreadTeam _team;
    private readonly List<WeightEntry> _entries = [];
    private readonly Dictionary<string, (WeightEntry Stored, WeightEntry Shown)> _byName = [];

    /// <summary>Takes over a source.</summary>
    /// <param name="source">The checkpoint.</param>
    /// <param name="type">What matrices become.</param>
    /// <param name="team">Quantises; needed as long as matrices are read.</param>
    public QuantizedWeights(IWeightSource source, InPlaceType type, ThreadTeam team)
    {
        _source = source;
        _team = team;
        foreach (WeightEntry stored in source.Entries)
        {
            WeightEntry shown = Show(stored, type);
            _entries.Add(shown);
            _byName[stored.Name] = (stored, shown);
        }
    }

    /// <inheritdoc/>
    public string Path => _source.Path;

    /// <inheritdoc/>
    public IReadOnlyList<WeightEntry> Entries => _entries;

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, string> Metadata => _source.Metadata;

    /// <inheritdoc/>
    public WeightEntry? Find(string name) => _byName.TryGetValue(name, out (WeightEntry Stored, WeightEntry Shown) found) ? found.Shown : null;

    /// <inheritdoc/>
    public void Read(WeightEntry entry, long offset, Span<byte> into)
    {
        (WeightEntry stored, WeightEntry shown) = _byName[entry.Name];
        if (ReferenceEquals(stored, shown))
        {
            _source.Read(stored, offset, into);
            return;
        }

        WeightType type = TensorRecoding.TypeOf(shown);
        int columns = checked((int)stored.Shape[1]), rowBytes = checked((int)WeightTypes.RowBytes(type, columns));
        long first = offset / rowBytes, end = (offset + into.Length + rowBytes - 1) / rowBytes;
        byte[] made = ArrayPool<byte>.Shared.Rent(checked((int)(end - first) * rowBytes));
        try
        {
            ReadRows(stored, type, first, (int)(end - first), made);
            made.AsSpan((int)(offset - (first * rowBytes)), into.Length).CopyTo(into);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(made);
        }
    }

    /// <inheritdoc/>
    public MappedBytes? Lend(WeightEntry entry) => _byName[entry.Name] is (WeightEntry stored, WeightEntry shown) && ReferenceEquals(stored, shown) ? _source.Lend(stored) : null;

    /// <inheritdoc/>
    public void RequireLent() => _source.RequireLent();

    /// <inheritdoc/>
    public void Dispose() => _source.Dispose();

    private void ReadRows(WeightEntry stored, WeightType type, long first, int rows, Span<byte> into)
    {
        WeightType from = TensorRecoding.TypeOf(stored);
        int columns = (int)stored.Shape[1], rowBytes = checked((int)WeightTypes.RowBytes(from, columns));
        byte[] bytes = ArrayPool<byte>.Shared.Rent(checked(rows * rowBytes));
        float[] values = ArrayPool<float>.Shared.Rent(checked(rows * columns));
        try
        {
            Span<float> floats = values.AsSpan(0, rows * columns);
            _source.Read(stored, first * rowBytes, bytes.AsSpan(0, rows * rowBytes));
            FloatConvert.ToFloat(from, bytes, floats);
            Quantize.Rows(type, floats, columns, [], into, _team);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes);
            ArrayPool<float>.Shared.Return(values);
        }
    }

    // What is stored in as few bytes already would only lose.
    private static WeightEntry Show(WeightEntry stored, InPlaceType type)
    {
        bool isMatrix = stored.Shape.Count >= 2 && stored.Shape.Skip(2).All(size => size == 1) && WeightTypes.Parse(stored.TypeName) is not null;
        WeightType? wanted = !isMatrix ? null
            : IsOfEncoder(stored) ? type.Encoders
            : stored.Shape.Count > 2 || GgufNames.ToGguf(stored.Name) is not GgufName place ? null
            : place.Name is "token_embd.weight" or "output.weight" ? type.Tables
            : IsQuantized(place.Name) ? type.Matrices
            : null;
        if (wanted is not WeightType some || BlockFit.Choose(some, stored.Shape[1]) is not WeightType made)
        {
            return stored;
        }

        long bytes = checked(stored.Shape[0] * WeightTypes.RowBytes(made, stored.Shape[1]));
        return bytes < stored.ByteCount ? stored with { TypeName = made.ToString(), ByteCount = bytes } : stored;
    }

    private static bool IsOfEncoder(WeightEntry stored) =>
        stored.Name.Split('.') is var path && (path.Contains("vision_tower") || path.Contains("audio_tower"))
        && path[^1] == "weight" && path[^2] != "pos_proj" && stored.Shape[0] * stored.Shape[1] >= LeastOfEncoders;

    private static bool IsQuantized(string name) => name is "per_layer_model_proj.weight" or "altup_proj.weight" or "altup_unembd_proj.weight"
        || (name.Split('.') is ["blk", _, string kind, "weight"] && LayerMatrices.Contains(kind));
}
