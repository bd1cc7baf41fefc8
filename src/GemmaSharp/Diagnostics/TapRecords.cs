using GemmaSharp.Model;
using GemmaSharp.Weights.Safetensors;

namespace GemmaSharp.Diagnostics;

/// <summary>Keeps the activations that were asked for by name; what comes in pieces grows along its first dimension.</summary>
internal sealed class TapRecords
{
    private const int MostNamesShown = 24;

    // The reference's files for media spell two of the decoder's activations another way.
    private static readonly Dictionary<string, string> OtherSpellings = new() { ["ple"] = "ple_table", ["ple_projected"] = "ple_inputs" };

    private readonly Dictionary<string, Record> _records;
    private readonly SortedSet<string> _seen = new(StringComparer.Ordinal);

    public TapRecords(IEnumerable<string> names) => _records = names.Distinct().ToDictionary(name => name, _ => new Record());

    /// <summary>What the model calls; null when nothing was asked for.</summary>
    public TensorTap? Tap => _records.Count == 0 ? null : Add;

    /// <summary>What was asked for, under the names it was asked by.</summary>
    public IEnumerable<NamedTensor> Tensors => _records.Select(one => one.Value.Shape.Length > 0
        ? NamedTensor.F32(one.Key, [.. one.Value.Values], one.Value.Shape)
        : throw new InvalidDataException($"no activation is named '{one.Key}' in this run; there are {string.Join(", ", _seen.Take(MostNamesShown))}{(_seen.Count > MostNamesShown ? ", ..." : "")}"));

    public int[] ShapeOf(string name) => _records[name].Shape;

    private void Add(string name, ReadOnlySpan<int> shape, ReadOnlySpan<float> values)
    {
        _seen.Add(WithoutNumber(name));
        foreach ((string asked, Record record) in _records)
        {
            if (OtherSpellings.GetValueOrDefault(asked, asked) == name)
            {
                record.Add(shape, values);
            }
        }
    }

    // layer_in.7 to layer_in.N, so that a list of names stays short.
    private static string WithoutNumber(string name)
    {
        int dot = name.LastIndexOf('.');
        return dot >= 0 && name.AsSpan(dot + 1).IndexOfAnyExceptInRange('0', '9') < 0 ? $"{name[..dot]}.N" : name;
    }

    private sealed class Record
    {
        public int[] Shape { get; private set; } = [];

        public List<float> Values { get; } = [];

        public void Add(ReadOnlySpan<int> shape, ReadOnlySpan<float> values)
        {
            Shape = Shape.Length == 0 ? shape.ToArray() : [Shape[0] + shape[0], .. Shape[1..]];
            Values.AddRange(values);
        }
    }
}
