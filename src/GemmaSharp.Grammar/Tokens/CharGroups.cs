using System.Buffers;
using System.Text;

namespace GemmaSharp.Grammar.Tokens;

/// <summary>Kinds of characters that grammars often treat alike.</summary>
[Flags]
internal enum CharGroups : ushort
{
    None = 0,
    Lower = 1,
    Upper = 2,
    Digit = 4,
    Space = 8,
    Punctuation = 16,
    Quote = 32,
    Backslash = 64,
    Control = 128,

    /// <summary>All characters beyond ASCII.</summary>
    Wide = 256,

    /// <summary>Bytes that are no whole characters.</summary>
    Broken = 512,
}

/// <summary>Which characters a text has.</summary>
internal static class CharGroupsOf
{
    /// <summary>The groups of one byte of ASCII.</summary>
    public static CharGroups Ascii(byte value) => value switch
    {
        (byte)'"' => CharGroups.Quote,
        (byte)'\\' => CharGroups.Backslash,
        (byte)' ' => CharGroups.Space,
        < (byte)' ' or 0x7F => CharGroups.Control,
        >= (byte)'a' and <= (byte)'z' => CharGroups.Lower,
        >= (byte)'A' and <= (byte)'Z' => CharGroups.Upper,
        >= (byte)'0' and <= (byte)'9' => CharGroups.Digit,
        _ => CharGroups.Punctuation,
    };

    /// <summary>The groups of what follows every place of a text, its end included; within a character broken.</summary>
    public static void Following(ReadOnlySpan<byte> text, Span<CharGroups> groups)
    {
        groups[..(text.Length + 1)].Fill(CharGroups.Broken);
        groups[text.Length] = CharGroups.None;
        while (text.Length > 0 && Rune.DecodeLastFromUtf8(text, out Rune last, out int length) == OperationStatus.Done)
        {
            groups[text.Length - length] = groups[text.Length] | (last.IsAscii ? Ascii((byte)last.Value) : CharGroups.Wide);
            text = text[..^length];
        }
    }
}
