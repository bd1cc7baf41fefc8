using System.Buffers.Binary;
using CsCheck;
using GemmaSharp.Media;

namespace GemmaSharp.Tests.Media;

/// <summary>Containers with and without a video track, made by hand and from the fixtures.</summary>
public sealed class VideoContainerTests
{
    private const int Mutations = 20_000;

    /// <summary>An MP4 file's boxes with a track for each handler, its media before its index.</summary>
    internal static byte[] QuickTime(params string[] handlers) =>
    [
        .. Box("ftyp", "isom\0\0\0\0"u8.ToArray()),
        .. Box("mdat", new byte[100]),
        .. Box("moov", [.. Box("mvhd", new byte[8]), .. handlers.SelectMany(handler =>
            Box("trak", [.. Box("tkhd", new byte[4]), .. Box("mdia", Box("hdlr", [.. new byte[8], .. handler.Select(one => (byte)one), .. new byte[12]]))]))]),
    ];

    [Fact]
    public void HoldsVideo_QuickTimeTracks_OnlyTheHandlerDecides()
    {
        Assert.True(VideoContainer.HoldsVideo(QuickTime("soun", "vide")));
        Assert.False(VideoContainer.HoldsVideo(QuickTime("soun")));
        Assert.Null(VideoContainer.HoldsVideo(Box("ftyp", new byte[16])));
    }

    [Fact]
    public void HoldsVideo_MatroskaTracks_OnlyTheTrackTypeDecides()
    {
        Assert.True(VideoContainer.HoldsVideo(Matroska(2, 1)));
        Assert.False(VideoContainer.HoldsVideo(Matroska(2)));
    }

    [Theory]
    [InlineData("opus.webm", false)]
    [InlineData("aac.m4a", false)]
    [InlineData("speech.flac", false)]
    [InlineData("pcm16-1s.wav", false)]
    public void Is_SoundOfTheFixtures_NoVideo(string file, bool expected) =>
        Assert.Equal(expected, VideoContainer.Is(File.ReadAllBytes(Fixture.Path("AudioClips", file)), file));

    [Theory]
    [InlineData("a.avi", true)]
    [InlineData("a.MP4", true)]
    [InlineData("a.png", false)]
    [InlineData("a.wav", false)]
    public void Is_BytesThatDoNotTell_TheEndingDecides(string name, bool expected) => Assert.Equal(expected, VideoContainer.Is(new byte[64], name));

    [Fact]
    public void HoldsVideo_MutatedContainers_AlwaysAnAnswer()
    {
        byte[][] seeds = [QuickTime("soun", "vide"), Matroska(2, 1), File.ReadAllBytes(Fixture.Path("AudioClips", "opus.webm"))[..400]];
        Gen.Select(Gen.Int[0, seeds.Length - 1], Gen.Int[0, 399], Gen.Byte, Gen.Int[0, 400])
            .Sample(
                (seed, place, value, length) =>
                {
                    byte[] data = [.. seeds[seed]];
                    data[place % data.Length] = value;
                    VideoContainer.HoldsVideo(data.AsSpan(0, int.Min(length, data.Length)));
                },
                iter: Mutations,
                seed: "0N0XIzNsQ0O2");
    }

    private static byte[] Box(string kind, byte[] content)
    {
        byte[] box = [.. new byte[4], .. kind.Select(one => (byte)one), .. content];
        BinaryPrimitives.WriteUInt32BigEndian(box, (uint)box.Length);
        return box;
    }

    // The seek head names the id of Tracks before Tracks themselves come.
    private static byte[] Matroska(params byte[] kinds)
    {
        byte[] tracks = Element([0x16, 0x54, 0xAE, 0x6B], [.. kinds.SelectMany(kind => Element([0xAE], [.. Element([0xD7], [1]), .. Element([0x83], [kind])]))]);
        byte[] seek = Element([0x11, 0x4D, 0x9B, 0x74], Element([0x4D, 0xBB], Element([0x53, 0xAB], [0x16, 0x54, 0xAE, 0x6B])));
        return [.. Element([0x1A, 0x45, 0xDF, 0xA3], new byte[8]), .. Element([0x18, 0x53, 0x80, 0x67], [.. seek, .. tracks])];
    }

    private static byte[] Element(byte[] id, byte[] content) => [.. id, (byte)(0x80 | content.Length), .. content];
}
