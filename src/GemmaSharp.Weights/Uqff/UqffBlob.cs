using System.Buffers.Binary;

namespace GemmaSharp.Weights.Uqff;

/// <summary>A layer of UQFF 0.x: one tensor of bytes with fields and data behind one another, little endian (formats.md 14).</summary>
internal sealed class UqffBlob
{
    private const uint OldestVersion = 0x0100;
    private const uint FirstUnknownVersion = 0x0300;
    private const int MostDimensions = 4;

    private static readonly string[] TypeNames =
        ["U8", "U32", "I32", "I64", "F16", "BF16", "F32", "F64", "I16", "F8_E4M3", "F6_E2M3", "F6_E3M2", "F4", "F8_E8M0"];

    private readonly string _key;
    private readonly StoredTensor _blob;
    private long _at;

    private UqffBlob(string key, StoredTensor blob) => (_key, _blob) = (key, blob);

    /// <summary>The weights of the layer, under canonical names.</summary>
    public static IEnumerable<UqffTensor> Read(string key, StoredTensor blob) => new UqffBlob(key, blob).ReadAll();

    private List<UqffTensor> ReadAll()
    {
        if (_blob.TypeName != "U8" || _blob.Shape.Count != 1)
        {
            throw _blob.Error($"is {_blob.Facts}, U8 of one size expected");
        }

        uint version = Word();
        if (version is < OldestVersion or >= FirstUnknownVersion)
        {
            throw _blob.Error($"is of UQFF version {version >> 16}.{(version >> 8) & 255}, 0.1 or 0.2 expected");
        }

        (UqffTensor weight, bool hasBias) = ReadWeight(Byte(), _key + ".weight");
        List<UqffTensor> tensors = [weight];
        if (hasBias)
        {
            tensors.Add(FloatKind.Read(_key + ".bias", Tensor()));
        }

        return _at == _blob.ByteCount ? tensors : throw _blob.Error($"goes on behind byte {_at}, where its fields end");
    }

    private (UqffTensor Weight, bool HasBias) ReadWeight(byte kind, string name)
    {
        uint length = kind == 0 ? Word() : 0;
        bool hasBias = Byte() != 0;
        UqffTensor weight = kind switch
        {
            0 => ReadGguf(name, length),
            1 => FloatKind.Read(name, Tensor()),
            2 => ReadHqq(name, Tensor(), Tensor(), Tensor()),
            3 => ReadFp8(name, Tensor()),
            4 => AfqKind.Read(name, Tensor(), Tensor(), Tensor(), (Byte(), Byte())),
            5 => ReadF8Q8(name, Word()),
            _ => throw _blob.Error($"is of kind {kind}, 0 to 5 expected"),
        };
        return (weight, hasBias);
    }

    private UqffTensor ReadGguf(string name, uint length)
    {
        uint type = Word();
        long[] shape = Dimensions();
        return GgufKind.Read(name, Bytes(length, "U8", [length]), type, shape);
    }

    private UqffTensor ReadF8Q8(string name, uint blocks)
    {
        const long blockBytes = 33;
        long[] shape = Dimensions();
        return GgufKind.ReadF8Q8(name, Bytes(blocks * blockBytes, "U8", [blocks * blockBytes]), blocks, shape);
    }

    private UqffTensor ReadFp8(string name, StoredTensor codes)
    {
        float scale = BitConverter.UInt32BitsToSingle(Word());

        // Two scales for activations and the type to compute in.
        Skip(3 * sizeof(uint));
        return Fp8Kind.Read(name, codes, scale);
    }

    private UqffTensor ReadHqq(string name, StoredTensor codes, StoredTensor scales, StoredTensor zeros)
    {
        long[] shape = Dimensions();
        HqqFacts facts = new(shape, Byte(), Word(), Byte(), UqffNames.IsReadByRows(_key));

        // Steps of the optimisation and two switches of it.
        Skip(sizeof(uint) + 2);
        return HqqKind.Read(name, codes, scales, zeros, facts);
    }

    private StoredTensor Tensor()
    {
        uint length = Word(), type = Word();
        long[] shape = Dimensions();
        string typeName = type < TypeNames.Length ? TypeNames[type] : throw _blob.Error($"holds a tensor of type {type}, 0 to {TypeNames.Length - 1} expected");
        UInt128 bits = (uint)(Safetensors.ElementTypes.BitsOf(typeName) ?? 0);
        foreach (long size in shape)
        {
            bits *= (UInt128)size;
        }

        return bits == (UInt128)length * 8
            ? Bytes(length, typeName, shape)
            : throw _blob.Error($"holds a tensor of {length} bytes, {bits / 8} expected for {typeName} [{string.Join(", ", shape)}]");
    }

    private StoredTensor Bytes(long length, string type, long[] shape)
    {
        long start = _at;
        Skip(length);
        return new StoredTensor(_blob.File, _blob.Entry, start, type, shape, length);
    }

    private long[] Dimensions()
    {
        uint count = Word();
        if (count > MostDimensions)
        {
            throw _blob.Error($"holds a tensor of {count} dimensions, at most {MostDimensions} expected");
        }

        long[] shape = new long[count];
        for (int dimension = 0; dimension < shape.Length; dimension++)
        {
            shape[dimension] = Word();
        }

        return shape;
    }

    private byte Byte()
    {
        Span<byte> one = stackalloc byte[1];
        Take(one);
        return one[0];
    }

    private uint Word()
    {
        Span<byte> four = stackalloc byte[sizeof(uint)];
        Take(four);
        return BinaryPrimitives.ReadUInt32LittleEndian(four);
    }

    private void Take(Span<byte> into)
    {
        long start = _at;
        Skip(into.Length);
        _blob.Read(start, into);
    }

    private void Skip(long length)
    {
        if (length > _blob.ByteCount - _at)
        {
            throw _blob.Error($"ends inside a field: {_blob.ByteCount} bytes, {_at + length} expected at least");
        }

        _at += length;
    }
}
