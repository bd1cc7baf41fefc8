using GemmaSharp.Kernels.Memory;

namespace GemmaSharp.Tests.Kernels.Memory;

/// <summary>Pieces of regions: zeroed, apart from one another, and given back with the last of them. Linux only: elsewhere weights lie in ordinary memory.</summary>
public sealed unsafe class PageRegionsTests
{
    [Fact]
    public void Take_SmallPieces_ShareARegionUntilTheLastGoesBack()
    {
        if (!LinuxPages.IsSupported)
        {
            return;
        }

        PageRegions regions = new();
        PagePiece first = regions.Take(100), second = regions.Take(3 * LinuxPages.LargePage);
        long one = regions.Reserved;
        regions.Return(first);

        Assert.Equal(one, regions.Reserved);
        Assert.Equal(0, second.Start - first.Start - 128);
        regions.Return(second);
        Assert.Equal(0, regions.Reserved);
    }

    [Fact]
    public void Take_ALargePiece_HasItsOwnRegion()
    {
        if (!LinuxPages.IsSupported)
        {
            return;
        }

        PageRegions regions = new();
        PagePiece small = regions.Take(1);
        long before = regions.Reserved;
        PagePiece large = regions.Take((100L << 20) + 1);

        Assert.Equal(before + (102L << 20), regions.Reserved);
        regions.Return(large);
        Assert.Equal(before, regions.Reserved);
        regions.Return(small);
    }

    [Fact]
    public void Return_WhileOthersRemain_DropsItsWholePages()
    {
        if (!LinuxPages.IsSupported)
        {
            return;
        }

        PageRegions regions = new();
        PagePiece before = regions.Take(64), piece = regions.Take(5 * LinuxPages.LargePage), after = regions.Take(64);
        piece.Populate(0, piece.Length);
        new Span<byte>(before.Start, 64).Fill(1);
        new Span<byte>(piece.Start, (int)piece.Length).Fill(2);
        new Span<byte>(after.Start, 64).Fill(3);
        regions.Return(piece);

        Assert.Equal(0, piece.Start[2 * LinuxPages.LargePage]);
        Assert.Equal(1, before.Start[63]);
        Assert.Equal(3, after.Start[0]);
        regions.Return(before);
        regions.Return(after);
        Assert.Equal(0, regions.Reserved);
    }

    [Fact]
    public void Take_MoreThanAnAddressSpace_OutOfMemory()
    {
        if (LinuxPages.IsSupported)
        {
            PageRegions regions = new();
            Assert.Throws<InsufficientMemoryException>(() => regions.Take(1L << 60));
            Assert.Equal(0, regions.Reserved);
        }
    }
}
