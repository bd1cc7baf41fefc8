using System.Runtime.InteropServices;

namespace GemmaSharp.Kernels.Memory;

/// <summary>Memory by the page from Linux: zeroed, in large pages where the kernel has them, or of files.</summary>
internal static unsafe partial class LinuxPages
{
    /// <summary>Bytes of a large page.</summary>
    public const long LargePage = 1 << 21;

    private const int ReadWrite = 1 | 2;
    private const int PrivateAnonymousUnreserved = 0x02 | 0x20 | 0x4000;
    private const int WillNeed = 3, DontNeed = 4, HugePage = 14, PopulateWrite = 23;
    private static readonly nint Failed = -1;

    /// <summary>Whether this system has it.</summary>
    public static bool IsSupported => OperatingSystem.IsLinux() && Environment.Is64BitProcess;

    /// <summary>Address space of whole large pages, which takes memory as it is touched.</summary>
    /// <exception cref="InsufficientMemoryException">The system refuses.</exception>
    public static byte* Reserve(long length)
    {
        // A mapping is aligned to small pages only: one large page more, and what sticks out goes back.
        byte* start = (byte*)Map(null, (nuint)(length + LargePage), ReadWrite, PrivateAnonymousUnreserved, -1, 0);
        if ((nint)start == Failed)
        {
            throw new InsufficientMemoryException($"the system gives no {length} bytes of address space");
        }

        byte* aligned = (byte*)(((nint)start + LargePage - 1) & -(nint)LargePage);
        if (aligned > start)
        {
            _ = Unmap(start, (nuint)(aligned - start));
        }

        _ = Unmap(aligned + length, (nuint)(start + LargePage - aligned));
        _ = Advise(aligned, (nuint)length, HugePage);
        return aligned;
    }

    /// <summary>
    /// Fetches the memory for a range before it is touched. A fault for every page costs ten times as much on virtual machines; a kernel
    /// that does not know this leaves it at those.
    /// </summary>
    public static void Populate(byte* start, long length) => _ = Advise(start, (nuint)length, PopulateWrite);

    /// <summary>Has a range of a mapped file read into the file cache, unless it is there.</summary>
    public static void Announce(byte* start, long length)
    {
        byte* page = (byte*)((nint)start / Environment.SystemPageSize * Environment.SystemPageSize);
        _ = Advise(page, (nuint)(start + length - page), WillNeed);
    }

    /// <summary>Gives the memory of a range back; it reads as zero afterwards, or as its file has it.</summary>
    public static void Drop(byte* start, long length) => _ = Advise(start, (nuint)length, DontNeed);

    /// <summary>Gives the address space back.</summary>
    public static void Release(byte* start, long length) => _ = Unmap(start, (nuint)length);

    [LibraryImport("libc", EntryPoint = "mmap")]
    private static partial void* Map(void* address, nuint length, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "munmap")]
    private static partial int Unmap(void* address, nuint length);

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(void* address, nuint length, int advice);
}
