using System.Runtime.InteropServices;

namespace GemmaSharp.Kernels.Threading;

/// <summary>Lets a thread run only where others leave a processor idle.</summary>
public static partial class BackgroundPriority
{
    private const int LeastNice = 19;

    /// <summary>Takes the calling thread's priority away; it does not come back. Where the system keeps no priorities of threads, nothing happens.</summary>
    public static void Take()
    {
        Thread.CurrentThread.Priority = ThreadPriority.Lowest;

        // .NET leaves the priorities of threads alone on Linux, whose "process 0" is the calling thread.
        if (OperatingSystem.IsLinux())
        {
            _ = SetPriority(0, 0, LeastNice);
        }
    }

    [LibraryImport("libc", EntryPoint = "setpriority")]
    private static partial int SetPriority(int kind, int who, int nice);
}
