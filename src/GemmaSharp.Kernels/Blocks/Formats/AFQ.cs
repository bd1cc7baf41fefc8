using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace GemmaSharp.Kernels.Blocks.Formats;

/// <summary>d; m, both in BF16; 64 codes as one stream of bits, lowest first: m + code d. The product is exact, only the sum rounds.</summary>
internal readonly unsafe struct AFQ<TBits> : IBlockFormat
    where TBits : struct, IBitCount
{
    private const int PairBytes = 4;

    public static int Length => 64;

    public static int Bytes => PairBytes + (8 * TBits.Bits);

    public static void Decode(byte* from, float* into)
    {
        Vector256<float> scale = Vector256.Create(BF16Block.Load(from)), minimum = Vector256.Create(BF16Block.Load(from + 2));
        byte* codes = from + PairBytes;
        for (int at = 0; at < Length; at += 8, codes += TBits.Bits)
        {
            ((Load8(codes) * scale) + minimum).Store(into + at);
        }
    }

    // Eight codes fill as many bytes as a code has bits. Each half of a vector takes four of them, as one word.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Load8(byte* from)
    {
        ulong bits = TBits.Bits switch
        {
            2 => *(ushort*)from,
            3 => *(ushort*)from | ((ulong)from[2] << 16),
            4 => *(uint*)from,
            6 => *(uint*)from | ((ulong)*(ushort*)(from + 4) << 32),
            _ => *(ulong*)from,
        };
        Vector256<uint> words = Vector256.Create(Vector128.Create((uint)bits), Vector128.Create((uint)(bits >> (4 * TBits.Bits))));

        // A shift up that differs by lane, as a product, throws out what stands above a code; the shift down what stands below.
        const uint one = 1;
        int top = 32 - TBits.Bits;
        Vector128<uint> up = Vector128.Create(one << top, one << (top - TBits.Bits), one << (top - (2 * TBits.Bits)), one << (top - (3 * TBits.Bits)));
        return Vector256.ConvertToSingle(((words * Vector256.Create(up, up)) >>> top).AsInt32());
    }
}
