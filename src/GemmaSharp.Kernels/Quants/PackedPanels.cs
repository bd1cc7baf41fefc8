namespace GemmaSharp.Kernels.Quants;

/// <summary>Panels of packed blocks, one sequential stream.</summary>
/// <param name="first">The first panel.</param>
/// <param name="stride">Bytes from panel to panel.</param>
/// <param name="count">Panels.</param>
/// <param name="blocks">Blocks of a panel that belong to the matrix.</param>
internal readonly unsafe struct PackedPanels<TKernel>(byte* first, long stride, int count, int blocks) : IPanels
    where TKernel : struct, IQuantKernel
{
    private readonly byte* _first = first;
    private readonly long _stride = stride;
    private readonly int _blocks = blocks;

    // Groups only need to be large beside the cost of handing them out.
    public static long StreamBytes => 128 * 1024;

    public int Count { get; } = count;

    public int ColumnCount => _blocks * TKernel.Columns;

    public long PanelBytes => (long)_blocks * QuantLayout.BlockBytes<TKernel>();

    public byte* this[int panel] => _first + (panel * _stride);

    public void Multiply<TLanes, TVector>(int panel, byte* x, float* sums)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct => QuantRow<TKernel, TLanes, TVector>.Multiply(this[panel], _blocks, (nint)(_stride - PanelBytes), x, sums);

    public void Unpack<TLanes, TVector>(int panel, int column, int blocks, byte* into)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct => UnpackedRun<TKernel, TLanes, TVector>.Unpack(At(panel, column), blocks, into);

    public void Ask(int panel, int column, int blocks) =>
        Prefetch.Stream(At(panel, column), blocks * QuantizedRows.BlockColumns / TKernel.Columns * QuantLayout.BlockBytes<TKernel>());

    public ushort Half(int row, int block, int index) =>
        ((ushort*)At(row / QuantLayout.PanelRows, block * TKernel.Columns))[(index * QuantLayout.PanelRows) + (row % QuantLayout.PanelRows)];

    private byte* At(int panel, int column) => this[panel] + ((long)column / TKernel.Columns * QuantLayout.BlockBytes<TKernel>());
}
