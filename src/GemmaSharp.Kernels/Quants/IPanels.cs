namespace GemmaSharp.Kernels.Quants;

/// <summary>Where products find the panels of 16 rows of a matrix: packed, or as rows of a file.</summary>
internal unsafe interface IPanels
{
    /// <summary>Panels of the matrix.</summary>
    int Count { get; }

    /// <summary>Columns of the matrix.</summary>
    int ColumnCount { get; }

    /// <summary>Bytes of a panel that products read.</summary>
    long PanelBytes { get; }

    /// <summary>Bytes of consecutive panels that are worth handing out to a thread when there is one row of values.</summary>
    static abstract long StreamBytes { get; }

    /// <summary>sums[16] += a panel times one quantised row.</summary>
    void Multiply<TLanes, TVector>(int panel, byte* x, float* sums)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct;

    /// <summary>Lays <paramref name="blocks"/> times 32 columns, from a column on, out for many rows of values, as <see cref="UnpackedRun{TKernel, TLanes, TVector}"/>.</summary>
    void Unpack<TLanes, TVector>(int panel, int column, int blocks, byte* into)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct;

    /// <summary>Has the same columns come into the second-level cache.</summary>
    void Ask(int panel, int column, int blocks);

    /// <summary>A half of a row's block, as it is stored.</summary>
    ushort Half(int row, int block, int index);
}
