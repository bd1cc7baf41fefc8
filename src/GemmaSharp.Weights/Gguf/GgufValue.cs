using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace GemmaSharp.Weights.Gguf;

/// <summary>One metadata value, a scalar or an array, kept as it stands in the file, so that it costs no more memory than there.</summary>
public sealed class GgufValue
{
    private readonly ReadOnlyMemory<byte> _bytes;
    private readonly int[] _ends; // of strings, in bytes; empty for numbers

    internal GgufValue(GgufValueType type, bool isArray, int count, ReadOnlyMemory<byte> bytes, int[] ends)
    {
        Type = type;
        IsArray = isArray;
        Count = count;
        _bytes = bytes;
        _ends = ends;
    }

    /// <summary>Type of the scalar or of the array's elements.</summary>
    public GgufValueType Type { get; }

    /// <summary>Whether it stands as an array in the file.</summary>
    public bool IsArray { get; }

    /// <summary>Elements; 1 for a scalar.</summary>
    public int Count { get; }

    /// <summary>Bytes of one element of a type that has a fixed size; 0 for strings and arrays.</summary>
    public static int SizeOf(GgufValueType type) => type switch
    {
        GgufValueType.U8 or GgufValueType.I8 or GgufValueType.Bool => 1,
        GgufValueType.U16 or GgufValueType.I16 => 2,
        GgufValueType.U32 or GgufValueType.I32 or GgufValueType.F32 => 4,
        GgufValueType.U64 or GgufValueType.I64 or GgufValueType.F64 => 8,
        _ => 0,
    };

    /// <summary>The bytes of a number or of a string's text, as in the file.</summary>
    public ReadOnlySpan<byte> Bytes(int index)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)Count);
        if (Type != GgufValueType.Text)
        {
            return _bytes.Span.Slice(index * SizeOf(Type), SizeOf(Type));
        }

        int start = index == 0 ? 0 : _ends[index - 1];
        return _bytes.Span[start.._ends[index]];
    }

    /// <summary>A string; null for other types. Bytes that are not UTF-8 come as U+FFFD.</summary>
    public string? Text(int index = 0) => Type == GgufValueType.Text ? Encoding.UTF8.GetString(Bytes(index)) : null;

    /// <summary>A number of any width, or null for strings and switches.</summary>
    public double? Number(int index = 0)
    {
        ReadOnlySpan<byte> bytes = Bytes(index);
        return Type switch
        {
            GgufValueType.F32 => BinaryPrimitives.ReadSingleLittleEndian(bytes),
            GgufValueType.F64 => BinaryPrimitives.ReadDoubleLittleEndian(bytes),
            GgufValueType.U64 => BinaryPrimitives.ReadUInt64LittleEndian(bytes),
            GgufValueType.Text or GgufValueType.Bool => null,
            _ => Whole(index),
        };
    }

    /// <summary>A whole number of any width; a float only when it is whole; null for what is none, or beyond 64 bits.</summary>
    public long? Whole(int index = 0)
    {
        ReadOnlySpan<byte> bytes = Bytes(index);
        switch (Type)
        {
            case GgufValueType.U8:
                return bytes[0];
            case GgufValueType.I8:
                return (sbyte)bytes[0];
            case GgufValueType.U16:
                return BinaryPrimitives.ReadUInt16LittleEndian(bytes);
            case GgufValueType.I16:
                return BinaryPrimitives.ReadInt16LittleEndian(bytes);
            case GgufValueType.U32:
                return BinaryPrimitives.ReadUInt32LittleEndian(bytes);
            case GgufValueType.I32:
                return BinaryPrimitives.ReadInt32LittleEndian(bytes);
            case GgufValueType.I64:
                return BinaryPrimitives.ReadInt64LittleEndian(bytes);
            case GgufValueType.U64:
                ulong large = BinaryPrimitives.ReadUInt64LittleEndian(bytes);
                return large <= long.MaxValue ? (long)large : null;
            case GgufValueType.F32 or GgufValueType.F64:
                const double exact = 1L << 53;
                return Number(index) is double number && double.Abs(number) <= exact && double.IsInteger(number) ? (long)number : null;
            default:
                return null;
        }
    }

    /// <summary>A switch, or null; some writers store it as 0 or 1 of another type.</summary>
    public bool? Flag(int index = 0) => Type == GgufValueType.Bool ? Bytes(index)[0] == 1 : Whole(index) is 0 or 1 ? Whole(index) == 1 : null;

    /// <summary>The value as text; long arrays by their count and type.</summary>
    public override string ToString()
    {
        const int mostShown = 64;
        return !IsArray ? One(0)
            : Count > mostShown ? string.Create(CultureInfo.InvariantCulture, $"[{Count} x {Type}]")
            : $"[{string.Join(", ", Enumerable.Range(0, Count).Select(One))}]";
    }

    private string One(int index) => Type switch
    {
        GgufValueType.Text => Text(index) ?? "",
        GgufValueType.Bool => Flag(index) == true ? "true" : "false",
        GgufValueType.F32 => BinaryPrimitives.ReadSingleLittleEndian(Bytes(index)).ToString(CultureInfo.InvariantCulture),
        GgufValueType.F64 => BinaryPrimitives.ReadDoubleLittleEndian(Bytes(index)).ToString(CultureInfo.InvariantCulture),
        GgufValueType.U64 => BinaryPrimitives.ReadUInt64LittleEndian(Bytes(index)).ToString(CultureInfo.InvariantCulture),
        _ => Whole(index)?.ToString(CultureInfo.InvariantCulture) ?? "",
    };
}
