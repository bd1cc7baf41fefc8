using System.Diagnostics.CodeAnalysis;
using GemmaSharp.Kernels.Quants;
using GemmaSharp.Kernels.Threading;

namespace GemmaSharp.Kernels.Tensors;

/// <summary>The pieces of several products of the same rows, one product after the other.</summary>
internal unsafe ref struct ProductParts(Matrix x, int threads, Matrix needed = default) : IWork
{
    private const int Most = 4;
    private ProductInput _input = new(x, null, threads, needed);
    private Part _first, _second, _third, _fourth;
    private int _count;
    private bool _takesCodes;
    private long _cost;

    public readonly bool IsFull => _count == Most;

    public void Add(WeightMatrix weights, Matrix into)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(_input.Rows.ColumnCount, weights.ColumnCount);
        ArgumentOutOfRangeException.ThrowIfNotEqual(into.ColumnCount, weights.RowCount);
        ArgumentOutOfRangeException.ThrowIfNotEqual(into.RowCount, _input.Rows.RowCount);
        int before = _count == 0 ? 0 : At(_count - 1).End;
        WeightMatrix form = weights.Form;
        At(_count) = new Part(form, into, before, before + form.ItemCount(_input, into));
        _count++;
        _takesCodes |= form.TakesCodes;
        _cost += (long)weights.RowCount * weights.ColumnCount * into.RowCount;
    }

    public void Run(ThreadTeam team)
    {
        if (_count == 0)
        {
            return;
        }

        if (_takesCodes)
        {
            byte* codes = QuantScratch.Codes(QuantizedRows.Length(_input.Rows.RowCount, _input.Rows.ColumnCount));
            QuantizeRows rows = new(_input.Rows, codes);
            team.Run(ref rows, rows.ItemCount, _input.Rows.Values.Length);
            _input = new ProductInput(_input.Rows, codes, _input.Threads, _input.Needed);
        }

        team.Run(ref this, At(_count - 1).End, _cost);
        _count = 0;
        _cost = 0;
        _takesCodes = false;
    }

    public void Run(int item)
    {
        int index = 0;
        while (item >= At(index).End)
        {
            index++;
        }

        ref Part part = ref At(index);
        part.Weights.RunItem(item - part.Start, _input, part.Into);
    }

    [UnscopedRef]
    private ref Part At(int index)
    {
        switch (index)
        {
            case 0:
                return ref _first;
            case 1:
                return ref _second;
            case 2:
                return ref _third;
            default:
                return ref _fourth;
        }
    }

    private readonly ref struct Part(WeightMatrix weights, Matrix into, int start, int end)
    {
        public readonly WeightMatrix Weights = weights;
        public readonly Matrix Into = into;
        public readonly int Start = start;
        public readonly int End = end;
    }
}

/// <summary>What products read beside weights: the rows as floats and, where some product takes them, as <see cref="QuantizedRows"/>.</summary>
internal readonly unsafe ref struct ProductInput(Matrix rows, byte* codes, int threads, Matrix needed)
{
    public readonly Matrix Rows = rows;
    public readonly byte* Codes = codes;
    public readonly int Threads = threads;

    /// <summary>Outputs that are zero here may be left zero; empty where all are wanted.</summary>
    public readonly Matrix Needed = needed;
}
