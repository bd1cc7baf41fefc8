namespace GemmaSharp.Weights.Uqff;

/// <summary>Puts together <paramref name="count"/> blocks from <paramref name="first"/> on.</summary>
internal delegate void BlockReader(long first, int count, Span<byte> into);

/// <summary>A weight whose blocks are put together while they are read, because the file keeps their parts apart.</summary>
/// <param name="entry">Name, type and shape.</param>
/// <param name="blockBytes">Bytes of one block.</param>
/// <param name="read">Reads whole blocks.</param>
internal sealed class RepackedTensor(WeightEntry entry, int blockBytes, BlockReader read) : UqffTensor(entry)
{
    // Bounds the buffers of a reader.
    private const int MostBlocks = 1 << 14;
    private const int MostBlockBytes = 128;

    public override void Read(long offset, Span<byte> into)
    {
        Span<byte> one = stackalloc byte[MostBlockBytes];
        while (!into.IsEmpty)
        {
            (long block, long skip) = long.DivRem(offset, blockBytes);
            int count;
            if (skip == 0 && into.Length >= blockBytes)
            {
                int blocks = int.Min(into.Length / blockBytes, MostBlocks);
                count = blocks * blockBytes;
                read(block, blocks, into[..count]);
            }
            else
            {
                read(block, 1, one[..blockBytes]);
                count = int.Min(blockBytes - (int)skip, into.Length);
                one.Slice((int)skip, count).CopyTo(into);
            }

            offset += count;
            into = into[count..];
        }
    }
}
