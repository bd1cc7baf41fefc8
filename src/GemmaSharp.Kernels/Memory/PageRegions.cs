namespace GemmaSharp.Kernels.Memory;

/// <summary>
/// Memory for weights, cut from large regions one piece after the other, so that even small matrices lie in large pages and none wastes the
/// rest of its last one. A piece's whole pages go back when it does, a region when its last piece does. Safe from several threads.
/// </summary>
internal sealed unsafe class PageRegions
{
    private const long RegionBytes = 1 << 28;
    private const int Alignment = 64;
    private readonly Lock _gate = new();
    private Region? _open;

    /// <summary>Those of the process.</summary>
    public static PageRegions Weights { get; } = new();

    /// <summary>Bytes of address space held.</summary>
    public long Reserved { get; private set; }

    /// <summary>Takes zeroed memory.</summary>
    public PagePiece Take(long length)
    {
        long rounded = (length + Alignment - 1) & -(long)Alignment;
        lock (_gate)
        {
            // A piece as large as that would leave much of a region unused.
            bool own = rounded > RegionBytes / 4;
            Region region = own ? Open((rounded + LinuxPages.LargePage - 1) & -LinuxPages.LargePage)
                : _open is Region open && open.Length - open.Used >= rounded ? open
                : _open = Open(RegionBytes);
            byte* start = region.Start + region.Used;
            region.Used += rounded;
            region.Pieces++;
            return new PagePiece(region, start, rounded);
        }
    }

    /// <summary>Gives it back.</summary>
    public void Return(PagePiece piece)
    {
        lock (_gate)
        {
            Region region = piece.Region;
            if (--region.Pieces > 0)
            {
                long first = (piece.Start - region.Start + LinuxPages.LargePage - 1) & -LinuxPages.LargePage;
                long end = (piece.Start - region.Start + piece.Length) & -LinuxPages.LargePage;
                if (end > first)
                {
                    LinuxPages.Drop(region.Start + first, end - first);
                }

                return;
            }

            _open = region == _open ? null : _open;
            Reserved -= region.Length;
            LinuxPages.Release(region.Start, region.Length);
        }
    }

    private Region Open(long length)
    {
        Region region = new(LinuxPages.Reserve(length), length);
        Reserved += length;
        return region;
    }

    internal sealed class Region(byte* start, long length)
    {
        public byte* Start => start;

        public long Length => length;

        public long Used { get; set; }

        public int Pieces { get; set; }
    }
}

/// <summary>A piece of a region.</summary>
internal readonly unsafe struct PagePiece(PageRegions.Region region, byte* start, long length)
{
    public PageRegions.Region Region => region;

    public byte* Start => start;

    public long Length => length;

    /// <summary>Fetches the memory of a part, in whole large pages.</summary>
    public void Populate(long offset, long count)
    {
        long first = (start - region.Start + offset) & -LinuxPages.LargePage;
        long end = (start - region.Start + offset + count + LinuxPages.LargePage - 1) & -LinuxPages.LargePage;
        LinuxPages.Populate(region.Start + first, end - first);
    }
}
