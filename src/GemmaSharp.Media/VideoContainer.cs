using System.Buffers.Binary;

namespace GemmaSharp.Media;

/// <summary>Tells moving pictures from sounds and still pictures by a container's tracks; nothing is decoded.</summary>
public static class VideoContainer
{
    private const int MatroskaSearch = 1 << 20;
    private const int AsfSearch = 1 << 16;
    private const uint EbmlMagic = 0x1A45DFA3;
    private const uint MatroskaSegment = 0x18538067;
    private const uint MatroskaTracks = 0x1654AE6B;
    private const uint MatroskaTrackEntry = 0xAE;
    private const uint MatroskaTrackType = 0x83;
    private static readonly string[] Endings = [".mp4", ".m4v", ".mkv", ".mov", ".webm", ".avi", ".mpg", ".mpeg", ".wmv", ".flv", ".3gp", ".ogv"];

    // ASF names the kind of a stream by a GUID (here: video media).
    private static ReadOnlySpan<byte> AsfVideo => [0xC0, 0xEF, 0x19, 0xBC, 0x4D, 0x5B, 0xCF, 0x11, 0xA8, 0xFD, 0x00, 0x80, 0x5F, 0x5C, 0x44, 0x2B];

    private static ReadOnlySpan<byte> AsfMagic => [0x30, 0x26, 0xB2, 0x75, 0x8E, 0x66, 0xCF, 0x11];

    /// <summary>Whether a file holds video: by its content where that can be told, else by the ending of its name.</summary>
    public static bool Is(ReadOnlySpan<byte> data, string name) => HoldsVideo(data) ?? Endings.Contains(Path.GetExtension(name).ToLowerInvariant());

    /// <summary>Whether a container has a video track; null where the bytes do not tell.</summary>
    public static bool? HoldsVideo(ReadOnlySpan<byte> data)
    {
        if (data.Length < 12)
        {
            return null;
        }

        uint first = BinaryPrimitives.ReadUInt32BigEndian(data);
        return first switch
        {
            EbmlMagic => Matroska(data[..int.Min(data.Length, MatroskaSearch)]),
            0x000001BA or 0x000001B3 => true,
            _ when data[4..8].SequenceEqual("ftyp"u8) => QuickTime(data),
            _ when data.StartsWith("RIFF"u8) && data[8..].StartsWith("AVI "u8) => true,
            _ when data.StartsWith("FLV"u8) => (data[4] & 1) != 0,
            _ when data.StartsWith("RIFF"u8) || data.StartsWith("RF64"u8) || data.StartsWith("fLaC"u8) || data.StartsWith("ID3"u8) => false,
            _ when data.StartsWith(AsfMagic) => data[..int.Min(data.Length, AsfSearch)].IndexOf(AsfVideo) >= 0,
            _ => null,
        };
    }

    // Boxes: moov / trak / mdia / hdlr, whose handler type is 'vide' for video. No moov: nobody can tell.
    private static bool? QuickTime(ReadOnlySpan<byte> data)
    {
        ReadOnlySpan<byte> movie = FindBox(data, "moov"u8, out _);
        if (movie.IsEmpty)
        {
            return null;
        }

        bool video = false;
        while (!video && FindBox(movie, "trak"u8, out int next) is { IsEmpty: false } track)
        {
            ReadOnlySpan<byte> handler = FindBox(FindBox(track, "mdia"u8, out _), "hdlr"u8, out _);
            video = handler.Length >= 12 && handler[8..12].SequenceEqual("vide"u8);
            movie = movie[next..];
        }

        return video;
    }

    // The content of the first box of a kind, and where the next box begins.
    private static ReadOnlySpan<byte> FindBox(ReadOnlySpan<byte> data, ReadOnlySpan<byte> kind, out int next)
    {
        next = 0;
        while (data.Length - next >= 8)
        {
            ulong size = BinaryPrimitives.ReadUInt32BigEndian(data[next..]);
            int header = 8, left = data.Length - next;
            if (size == 1 && left >= 16)
            {
                (size, header) = (BinaryPrimitives.ReadUInt64BigEndian(data[(next + 8)..]), 16);
            }

            int length = size == 0 || size > (ulong)left ? left : (int)size;
            if (length < header)
            {
                break;
            }

            ReadOnlySpan<byte> box = data.Slice(next, length);
            next += length;
            if (box[4..8].SequenceEqual(kind))
            {
                return box[header..];
            }
        }

        return [];
    }

    // Segment / Tracks / TrackEntry holds a TrackType of one byte: 1 is video. Tracks stand before the media.
    private static bool? Matroska(ReadOnlySpan<byte> data)
    {
        ReadOnlySpan<byte> segment = FindElement(data, MatroskaSegment, out _);
        ReadOnlySpan<byte> tracks = FindElement(segment, MatroskaTracks, out _);
        if (tracks.IsEmpty)
        {
            return null;
        }

        bool video = false;
        while (!video && FindElement(tracks, MatroskaTrackEntry, out int next) is { IsEmpty: false } entry)
        {
            video = FindElement(entry, MatroskaTrackType, out _) is [1];
            tracks = tracks[next..];
        }

        return video;
    }

    private static ReadOnlySpan<byte> FindElement(ReadOnlySpan<byte> data, uint wanted, out int next)
    {
        next = 0;
        while (next < data.Length && ReadElement(data, ref next, out uint id, out ReadOnlySpan<byte> value))
        {
            if (id == wanted)
            {
                return value;
            }
        }

        return [];
    }

    private static bool ReadElement(ReadOnlySpan<byte> data, scoped ref int at, out uint id, out ReadOnlySpan<byte> value)
    {
        id = 0;
        value = [];
        int idLength = byte.LeadingZeroCount(data[at]) + 1;
        if (idLength > 4 || at + idLength > data.Length)
        {
            return false;
        }

        foreach (byte part in data.Slice(at, idLength))
        {
            id = (id << 8) | part;
        }

        if (!ReadSize(data, at + idLength, out int start, out int length))
        {
            return false;
        }

        value = data.Slice(start, int.Min(length, data.Length - start));
        at = start + value.Length;
        return true;
    }

    // A size of 1 to 8 bytes: the leading zeros of the first byte count the others.
    private static bool ReadSize(ReadOnlySpan<byte> data, int at, out int start, out int length)
    {
        (start, length) = (0, 0);
        if (at >= data.Length)
        {
            return false;
        }

        int count = byte.LeadingZeroCount(data[at]) + 1;
        if (count > 8 || at + count > data.Length)
        {
            return false;
        }

        ulong size = data[at] & (0xFFul >> count);
        foreach (byte part in data.Slice(at + 1, count - 1))
        {
            size = (size << 8) | part;
        }

        (start, length) = (at + count, (int)ulong.Min(size, int.MaxValue));
        return true;
    }
}
