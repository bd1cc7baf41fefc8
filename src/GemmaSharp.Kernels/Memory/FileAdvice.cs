using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace GemmaSharp.Kernels.Memory;

/// <summary>Tells the system how a file will be read; systems without that read it as it comes.</summary>
public static partial class FileAdvice
{
    private const int WillNeedAdvice = 3;

    /// <summary>Has bytes fetched into the file cache while the caller goes on.</summary>
    public static void WillNeed(SafeFileHandle file, long offset, long length)
    {
        if (LinuxPages.IsSupported)
        {
            _ = Advise(file, (nint)offset, (nint)length, WillNeedAdvice);
        }
    }

    [LibraryImport("libc", EntryPoint = "posix_fadvise")]
    private static partial int Advise(SafeFileHandle file, nint offset, nint length, int advice);
}
