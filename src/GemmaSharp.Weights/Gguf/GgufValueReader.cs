using System.Buffers;

namespace GemmaSharp.Weights.Gguf;

/// <summary>Reads metadata values.</summary>
internal static class GgufValueReader
{
    private const int MaxTextBytes = 64 << 20;
    private const int MaxArrayBytes = 1 << 30;
    private const int MaxStrings = 1 << 24;
    private const int LeastStringBytes = sizeof(ulong);

    public static GgufValue Read(GgufCursor cursor, string key)
    {
        GgufValueType type = ReadType(cursor, key);
        if (type != GgufValueType.Array)
        {
            return type == GgufValueType.Text ? ReadStrings(cursor, key, 1, isArray: false) : ReadNumbers(cursor, key, type, 1, isArray: false);
        }

        GgufValueType element = ReadType(cursor, key);
        if (element == GgufValueType.Array)
        {
            throw cursor.Error($"metadata key '{key}' holds arrays of arrays, which GGUF does not allow");
        }

        if (element == GgufValueType.Text)
        {
            return ReadStrings(cursor, key, cursor.Count($"strings of '{key}'", MaxStrings, LeastStringBytes), isArray: true);
        }

        int size = GgufValue.SizeOf(element);
        return ReadNumbers(cursor, key, element, cursor.Count($"values of '{key}'", MaxArrayBytes / size, size), isArray: true);
    }

    private static GgufValueType ReadType(GgufCursor cursor, string key)
    {
        uint id = cursor.U32($"the type of '{key}'");
        return id <= (uint)GgufValueType.F64 ? (GgufValueType)id : throw cursor.Error($"metadata key '{key}' has the unknown value type {id}");
    }

    private static GgufValue ReadNumbers(GgufCursor cursor, string key, GgufValueType type, int count, bool isArray)
    {
        byte[] bytes = new byte[count * GgufValue.SizeOf(type)];
        cursor.Bytes(bytes, key);
        return type != GgufValueType.Bool || bytes.AsSpan().IndexOfAnyExceptInRange((byte)0, (byte)1) < 0
            ? new GgufValue(type, isArray, count, bytes, [])
            : throw cursor.Error($"metadata key '{key}' holds a switch that is neither 0 nor 1");
    }

    private static GgufValue ReadStrings(GgufCursor cursor, string key, int count, bool isArray)
    {
        int[] ends = new int[count];
        ArrayBufferWriter<byte> bytes = new();
        for (int index = 0; index < count; index++)
        {
            int length = cursor.Count($"bytes of '{key}'", MaxTextBytes, 1);
            if (length > MaxArrayBytes - bytes.WrittenCount)
            {
                throw cursor.Error($"metadata key '{key}' holds more than {MaxArrayBytes} bytes of text");
            }

            cursor.Bytes(bytes.GetSpan(length)[..length], key);
            bytes.Advance(length);
            ends[index] = bytes.WrittenCount;
        }

        return new GgufValue(GgufValueType.Text, isArray, count, bytes.WrittenMemory, ends);
    }
}
