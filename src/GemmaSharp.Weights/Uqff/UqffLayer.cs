using System.Buffers.Binary;
using GemmaSharp.Weights.Safetensors;

namespace GemmaSharp.Weights.Uqff;

/// <summary>The entries of one layer of UQFF 1.x: a weight in one of seven formats and perhaps a bias (formats.md 13.2).</summary>
internal sealed class UqffLayer(string key, SafetensorsFile file)
{
    private const string FormatEntry = ".weight.format";

    // Entries beside .weight and .weight.format, by format number.
    private static readonly string[][] EntriesOfFormat =
    [
        [".weight.dtype", ".weight.shape"],
        [],
        [
            ".weight.scales", ".weight.zeros", ".weight.shape", ".weight.bits", ".weight.group_size", ".weight.axis", ".weight.optimization_steps",
            ".weight.round_zeros", ".weight.channel_wise",
        ],
        [".weight.dequant_w_scale", ".weight.dequant_x_scale", ".weight.quant_scale", ".weight.dtype"],
        [".weight.scales", ".weight.biases", ".weight.bits", ".weight.group_size"],
        [".weight.num_blocks", ".weight.shape"],
        [".weight.scales"],
    ];

    private readonly Dictionary<string, StoredTensor> _parts = [];

    /// <summary>The key of an entry and what follows it: .weight, .weight.scales, .bias, ...; null where the name is of no layer.</summary>
    public static (string Key, string Part)? Split(string name)
    {
        int at = name.LastIndexOf(".weight", StringComparison.Ordinal);
        at = at < 0 && name.EndsWith(".bias", StringComparison.Ordinal) ? name.Length - ".bias".Length : at;
        return at > 0 ? (name[..at], name[at..]) : null;
    }

    /// <summary>Adds an entry of the layer.</summary>
    public void Add(string part, WeightEntry entry)
    {
        if (!_parts.TryAdd(part, StoredTensor.Of(file, entry)))
        {
            throw new WeightException($"{entry.File}: {entry.Name} stands there twice");
        }
    }

    /// <summary>The weights of the layer, under canonical names.</summary>
    public IEnumerable<UqffTensor> Read()
    {
        uint format = Number(FormatEntry, "U8");
        if (format >= EntriesOfFormat.Length)
        {
            throw Part(FormatEntry).Error($"is {format}, 0 to {EntriesOfFormat.Length - 1} expected");
        }

        foreach (string part in _parts.Keys.Except([".weight", FormatEntry, ".bias", .. EntriesOfFormat[format]]))
        {
            throw _parts[part].Error($"is no entry of format {format}");
        }

        foreach (string part in EntriesOfFormat[format])
        {
            Part(part);
        }

        yield return ReadWeight(format, key + ".weight", Part(".weight"));
        if (_parts.TryGetValue(".bias", out StoredTensor? bias))
        {
            yield return FloatKind.Read(key + ".bias", bias);
        }
    }

    private UqffTensor ReadWeight(uint format, string name, StoredTensor weight) => format switch
    {
        0 => GgufKind.Read(name, weight, Number(".weight.dtype", "U32"), Shape()),
        1 => FloatKind.Read(name, weight),
        2 => HqqKind.Read(name, weight, Part(".weight.scales"), Part(".weight.zeros"), Hqq()),
        3 => Fp8Kind.Read(name, weight, BitConverter.UInt32BitsToSingle(Number(".weight.dequant_w_scale", "F32"))),
        4 => AfqKind.Read(name, weight, Part(".weight.scales"), Part(".weight.biases"), ((int)Number(".weight.bits", "U8"), (int)Number(".weight.group_size", "U8"))),
        5 => GgufKind.ReadF8Q8(name, weight, Number(".weight.num_blocks", "U32"), Shape()),
        _ => Mxfp4Kind.Read(name, weight, Part(".weight.scales")),
    };

    private HqqFacts Hqq() => new(
        Shape(), (int)Number(".weight.bits", "U8"), Number(".weight.group_size", "U32"), (int)Number(".weight.axis", "U8"), UqffNames.IsReadByRows(key));

    // The bits of a scalar, a byte or a word.
    private uint Number(string part, string type)
    {
        StoredTensor stored = Part(part);
        if (!stored.Is(type))
        {
            throw stored.Error($"is {stored.Facts}, {type} [] expected");
        }

        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        bytes.Clear();
        stored.Read(0, bytes[..(int)stored.ByteCount]);
        return BinaryPrimitives.ReadUInt32LittleEndian(bytes);
    }

    private long[] Shape()
    {
        StoredTensor stored = Part(".weight.shape");
        if (!stored.Is("U32", 2))
        {
            throw stored.Error($"is {stored.Facts}, U32 [2] expected");
        }

        Span<byte> bytes = stackalloc byte[2 * sizeof(uint)];
        stored.Read(0, bytes);
        return [BinaryPrimitives.ReadUInt32LittleEndian(bytes), BinaryPrimitives.ReadUInt32LittleEndian(bytes[sizeof(uint)..])];
    }

    private StoredTensor Part(string part) => _parts.TryGetValue(part, out StoredTensor? stored)
        ? stored
        : throw new WeightException($"{file.Path}: {key}{part} is missing");
}
