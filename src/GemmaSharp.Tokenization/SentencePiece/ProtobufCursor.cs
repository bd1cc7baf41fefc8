using System.Buffers.Binary;

namespace GemmaSharp.Tokenization.SentencePiece;

/// <summary>Steps through the fields of one protobuf message; nothing is read beyond its bytes.</summary>
internal ref struct ProtobufCursor(ReadOnlySpan<byte> bytes)
{
    private ReadOnlySpan<byte> _rest = bytes;

    /// <summary>Number of the current field.</summary>
    public int Field { get; private set; }

    /// <summary>Bytes of the current field where it has a length: a text or a message.</summary>
    public ReadOnlySpan<byte> Content { get; private set; }

    /// <summary>The current field where it is a whole number or four bytes; else 0.</summary>
    public ulong Number { get; private set; }

    /// <summary>The current field's four bytes as a float.</summary>
    public readonly float Single => BitConverter.UInt32BitsToSingle((uint)Number);

    /// <summary>Goes to the next field; false at the end.</summary>
    /// <exception cref="InvalidDataException">The bytes are no protobuf.</exception>
    public bool Next()
    {
        if (_rest.IsEmpty)
        {
            return false;
        }

        const int varint = 0, eightBytes = 1, lengthFirst = 2, fourBytes = 5;
        ulong tag = Varint();
        Field = tag >> 3 is > 0 and < 1 << 29 ? (int)(tag >> 3) : throw Broken();
        Content = [];
        Number = 0;
        switch ((int)(tag & 7))
        {
            case varint:
                Number = Varint();
                break;
            case eightBytes:
                Number = BinaryPrimitives.ReadUInt64LittleEndian(Take(sizeof(ulong)));
                break;
            case lengthFirst:
                Content = Take(Varint());
                break;
            case fourBytes:
                Number = BinaryPrimitives.ReadUInt32LittleEndian(Take(sizeof(uint)));
                break;
            default:
                throw Broken();
        }

        return true;
    }

    private ulong Varint()
    {
        ulong value = 0;
        for (int shift = 0; shift < 64; shift += 7)
        {
            byte next = Take(1)[0];
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                return value;
            }
        }

        throw Broken();
    }

    private ReadOnlySpan<byte> Take(ulong count)
    {
        if (count > (ulong)_rest.Length)
        {
            throw Broken();
        }

        ReadOnlySpan<byte> taken = _rest[..(int)count];
        _rest = _rest[(int)count..];
        return taken;
    }

    private static InvalidDataException Broken() => new("not a SentencePiece model: its protobuf is broken or cut short");
}
