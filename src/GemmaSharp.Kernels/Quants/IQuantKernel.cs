namespace GemmaSharp.Kernels.Quants;

/// <summary>
/// How one block type is computed from panels of 16 rows. A packed block holds, for 16 rows: a header, which begins with the block's halves
/// [HalfCount, 16], then for every 32 columns the sub-block's scales and the codes as <see cref="CodePlanes"/>. A row's product with 32
/// columns is scale * (Σ groups multiplier * Σ code * value - offset * Σ value) + Σ minimum * Σ value.
/// </summary>
internal unsafe interface IQuantKernel
{
    /// <summary>Columns of a block: 32 or 256.</summary>
    static abstract int Columns { get; }

    /// <summary>Bytes of a row's block in a file.</summary>
    static abstract int FileBytes { get; }

    /// <summary>Where the halves lie in a file's block.</summary>
    static virtual int HalfStart => 0;

    /// <summary>Halves of a block that scale it: 0, 1 or 2.</summary>
    static abstract int HalfCount { get; }

    /// <summary>Packed bytes of a block before the first sub-block.</summary>
    static abstract int HeaderBytes { get; }

    /// <summary>Packed bytes of a sub-block before its codes.</summary>
    static virtual int ScaleBytes => 0;

    /// <summary>Bits of a code: 2 to 6 or 8.</summary>
    static abstract int CodeBits { get; }

    /// <summary>1, or 2 where values of 8 bits are computed as two of 4.</summary>
    static virtual int Planes => 1;

    /// <summary>Steps of four columns whose products fit a sum of 16 bits: 8 for codes up to 15, 4 up to 31, 2 up to 63.</summary>
    static abstract int GroupLength { get; }

    /// <summary>Multipliers of 32 columns beside those of the planes: 0, 1, or 2 for 16 columns each.</summary>
    static virtual int Multipliers => 0;

    /// <summary>0, 8, 16 or 128, taken off every code, except where minima stand in for it.</summary>
    static virtual int Offset => 0;

    /// <summary>Minima for 32 columns: 0, 1, or 2 for 16 columns each.</summary>
    static virtual int Minima => 0;

    /// <summary>Where in a file's block its words begin, so that codes are whole words; see <see cref="FileRows"/>.</summary>
    static virtual int FirstWord => 0;

    /// <summary>Makes codes readable whose bits do not lie word by word.</summary>
    static virtual void Prepare(byte* block)
    {
    }

    /// <summary>Codes of columns 4 index .. 4 index + 3 of a sub-block, of rows lane, lane + 1, ... of 16 rows' words.</summary>
    static abstract TVector FileCodes<TLanes, TVector>(byte* block, int subBlock, int index)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct;

    /// <summary>Packs what 16 rows have beside halves and codes.</summary>
    static virtual void PackScales(byte* block, int subBlock, byte* header, byte* scales)
    {
    }

    /// <summary>Factor and addend of columns 16 half .. 16 half + 15 of a row's sub-block: weight = factor * value of code + addend.</summary>
    static abstract (float Factor, float Addend) ReadScales(byte* header, byte* scales, int row, int half, int shift);

    /// <summary>What a code stands for.</summary>
    static abstract int Value(int code);

    /// <summary>Codes of four columns, 4 (index mod 8) onward, of plane index / 8.</summary>
    static abstract TVector Codes<TLanes, TVector>(byte* codes, int index)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct;

    /// <summary>The block's scale of rows lane, lane + 1, ...</summary>
    static virtual TVector Scale<TLanes, TVector>(byte* header, int lane)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct => TLanes.LoadHalves(header + (lane * sizeof(ushort)));

    /// <summary>The multiplier of a group's sums, made by <see cref="ILanes{TVector}.Twice"/>.</summary>
    static virtual TVector Multiplier<TLanes, TVector>(byte* scales, int lane, int group)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct => TLanes.Twice(TLanes.Fill(1));

    /// <summary>What the block's minima have in common, of rows lane, lane + 1, ...</summary>
    static virtual TVector MinimumScale<TLanes, TVector>(byte* header, int lane)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct => default;

    /// <summary>What is added for every unit of the values' sum.</summary>
    static virtual TVector Minimum<TLanes, TVector>(TVector scale, byte* scales, int lane, int half)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct => scale;
}
