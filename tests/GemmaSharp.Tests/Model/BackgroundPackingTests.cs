using GemmaSharp.Kernels.Tensors;
using GemmaSharp.Kernels.Threading;
using GemmaSharp.Model;
using GemmaSharp.Tests.Kernels.Quants;
using GemmaSharp.Weights;

namespace GemmaSharp.Tests.Model;

/// <summary>Matrices in place give way to packed ones while nobody computes, as far as memory and the file allow.</summary>
public sealed class BackgroundPackingTests : IDisposable
{
    private const int Count = 3, Rows = 512, Columns = 1024;
    private static readonly TimeSpan Never = TimeSpan.FromDays(1);
    private readonly ComputeTurns _turns = new(TimeSpan.Zero);
    private readonly ThreadTeam _team = new(1);
    private readonly float[] _x = QuantBytes.Normal(new Random(1), Columns);
    private readonly byte[][] _bytes = [.. Enumerable.Range(0, Count).Select(seed => QuantBytes.Finite(WeightType.Q8_0, Rows, Columns, new Random(seed)))];
    private readonly LentBytes[] _lent;
    private readonly LentMatrix[] _matrices;
    private readonly float[][] _products;

    public BackgroundPackingTests()
    {
        _lent = [.. _bytes.Select(bytes => new LentBytes(bytes))];
        _matrices = [.. _lent.Select((lent, index) => new LentMatrix(
            WeightMatrix.InPlace(WeightType.Q8_0, Rows, Columns, lent.Bytes)!, lent.Bytes, (offset, into) => _bytes[index].AsSpan((int)offset, into.Length).CopyTo(into)))];
        _products = Products();
    }

    public void Dispose()
    {
        Array.ForEach(_matrices, lent => lent.Matrix.Dispose());
        Array.ForEach(_lent, lent => lent.Dispose());
        _team.Dispose();
    }

    [Fact]
    public void Begin_NobodyComputes_EveryMatrixGivesWay()
    {
        using BackgroundPacking packing = new(_matrices, _turns, () => long.MaxValue, Never);
        Assert.Equal(0, packing.Wait(CancellationToken.None));

        packing.Begin();
        packing.Begin();

        Assert.Equal(Count, packing.Wait(CancellationToken.None));
        Assert.Equal(Count, Packed());
        Assert.Equal(_products, Products());
    }

    [Fact]
    public void Begin_SomebodyComputes_BeginsWhenTheyHaveEnded()
    {
        using BackgroundPacking packing = new(_matrices, _turns, () => long.MaxValue, Never);
        _turns.Enter();

        packing.Begin();

        Thread.Sleep(TimeSpan.FromSeconds(0.5));
        Assert.Equal(0, Packed());
        Assert.Equal(TimeSpan.Zero, _turns.Idle);
        _turns.Leave();
        Assert.Equal(Count, packing.Wait(CancellationToken.None));
    }

    [Fact]
    public void Begin_SomebodyComputesWithoutAPause_GoesOnBesideWhenPatienceEnds()
    {
        using BackgroundPacking packing = new(_matrices, _turns, () => long.MaxValue, TimeSpan.FromSeconds(0.1));
        using (_turns.Enter())
        {
            packing.Begin();
        }

        while (Packed() < Count)
        {
            using ComputeTurns.Turn turn = _turns.Enter();
            Assert.Equal(TimeSpan.Zero, _turns.Idle);
            Thread.Sleep(TimeSpan.FromSeconds(0.02));
        }

        Assert.Equal(Count, packing.Wait(CancellationToken.None));
        Assert.Equal(_products, Products());
    }

    [Fact]
    public void Begin_MemoryRunsShort_RestStaysInPlace()
    {
        Queue<long> available = new([1L << 30, 1L << 20]);
        using BackgroundPacking packing = new(_matrices, _turns, available.Dequeue, Never);

        packing.Begin();

        Assert.Equal(1, packing.Wait(CancellationToken.None));
        Assert.Equal(1, Packed());
        Assert.Equal(_products, Products());
    }

    [Fact]
    public void Begin_FileFails_RestStaysInPlace()
    {
        LentMatrix broken = _matrices[1] with { Read = (_, _) => throw new WeightException("the file is gone") };
        using BackgroundPacking packing = new([_matrices[0], broken, _matrices[2]], _turns, () => long.MaxValue, Never);

        packing.Begin();

        Assert.Equal(1, packing.Wait(CancellationToken.None));
        Assert.Equal(_products, Products());
    }

    [Fact]
    public void Dispose_BeforeItCouldGoOn_NothingIsPacked()
    {
        BackgroundPacking packing = new(_matrices, _turns, () => long.MaxValue, Never);
        _turns.Enter();
        packing.Begin();

        packing.Dispose();

        Assert.Equal(0, packing.Wait(CancellationToken.None));
        Assert.Equal(0, Packed());
    }

    [Fact]
    public void Begin_Disposed_NothingIsPacked()
    {
        BackgroundPacking packing = new(_matrices, _turns, () => long.MaxValue, Never);
        packing.Dispose();

        packing.Begin();

        Assert.Equal(0, packing.Wait(CancellationToken.None));
    }

    private int Packed() => _matrices.Count(lent => lent.Matrix.Form != lent.Matrix);

    private float[][] Products() => [.. _matrices.Select(lent =>
    {
        float[] into = new float[Rows];
        lent.Matrix.Multiply(new Matrix(_x, 1, Columns), new Matrix(into, 1, Rows), _team);
        return into;
    })];
}
