using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using GemmaSharp.Kernels.Threading;

namespace GemmaSharp.Kernels.Memory;

/// <summary>Reads memory as fast as it comes: the measure of what a product that streams its weights can reach.</summary>
public static unsafe class ReadSum
{
    private const int Unrolled = 8; // loads that may be on their way at once
    private const int Step = Unrolled * 64;

    /// <summary>The sum of all 64-bit words, one contiguous part for each thread.</summary>
    /// <param name="memory">A multiple of 512 bytes for each thread; what is left over is not read.</param>
    /// <param name="team">Shares the parts out.</param>
    public static ulong Of(ReadOnlySpan<byte> memory, ThreadTeam team)
    {
        ulong* sums = stackalloc ulong[team.Count];
        fixed (byte* data = memory)
        {
            ReadSumWork work = new(data, memory.Length / team.Count / Step * Step, sums);
            team.Run(ref work, team.Count, cost: memory.Length);
        }

        ulong sum = 0;
        for (int part = 0; part < team.Count; part++)
        {
            sum += sums[part];
        }

        return sum;
    }

    private readonly struct ReadSumWork(byte* data, long length, ulong* sums) : IWork
    {
        public void Run(int item) => sums[item] = Vector512.IsHardwareAccelerated ? Sum512(data + (item * length), length) : Sum256(data + (item * length), length);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static ulong Sum512(byte* data, long length)
    {
        Vector512<ulong> a = default, b = default, c = default, d = default, e = default, f = default, g = default, h = default;
        for (long at = 0; at < length; at += Step)
        {
            byte* from = data + at;
            a += Vector512.Load((ulong*)from);
            b += Vector512.Load((ulong*)(from + 64));
            c += Vector512.Load((ulong*)(from + 128));
            d += Vector512.Load((ulong*)(from + 192));
            e += Vector512.Load((ulong*)(from + 256));
            f += Vector512.Load((ulong*)(from + 320));
            g += Vector512.Load((ulong*)(from + 384));
            h += Vector512.Load((ulong*)(from + 448));
        }

        return Vector512.Sum(a + b + c + d + (e + f + g + h));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static ulong Sum256(byte* data, long length)
    {
        Vector256<ulong> a = default, b = default, c = default, d = default, e = default, f = default, g = default, h = default;
        for (long at = 0; at < length; at += Step / 2)
        {
            byte* from = data + at;
            a += Vector256.Load((ulong*)from);
            b += Vector256.Load((ulong*)(from + 32));
            c += Vector256.Load((ulong*)(from + 64));
            d += Vector256.Load((ulong*)(from + 96));
            e += Vector256.Load((ulong*)(from + 128));
            f += Vector256.Load((ulong*)(from + 160));
            g += Vector256.Load((ulong*)(from + 192));
            h += Vector256.Load((ulong*)(from + 224));
        }

        return Vector256.Sum(a + b + c + d + (e + f + g + h));
    }
}
