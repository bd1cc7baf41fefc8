using GemmaSharp.Kernels.KeyValues;
using GemmaSharp.Kernels.Tensors;

namespace GemmaSharp.Tests.Kernels.KeyValues;

/// <summary>Blocks of several holders: who goes on in one copies it, nobody sees another's rows, and the last to let go frees it.</summary>
public sealed class SharedBlocksTests
{
    private const int Heads = 2, HeadDim = 48, Width = Heads * HeadDim, Context = 1000;
    private readonly KeyValueMemory _memory = new();

    public static TheoryData<CacheType> Types => [.. Enum.GetValues<CacheType>()];

    [Theory]
    [MemberData(nameof(Types))]
    public void Append_ToASharedBlock_EachHasItsOwnRows(CacheType type)
    {
        using KeyValueStore one = Filled(type, 300, seed: 1), other = Empty(type);
        float[] before = Keys(one, 0, 300);
        using SharedBlocks first = Share(one, 0), second = Share(one, 1), last = Share(one, 2);
        other.Adopt([first, second, last], 0, 0, 290);
        Append(one, 20, seed: 2);
        Append(other, 20, seed: 3);
        using KeyValueStore third = Empty(type);
        third.Adopt([first, second, last], 0, 0, 300);

        Assert.Equal(before, Keys(third, 0, 300));
        Assert.Equal(before, Keys(one, 0, 300));
        Assert.Equal(before[..(290 * Width)], Keys(other, 0, 290));
        Assert.Equal(Keys(Filled(type, 20, seed: 2), 0, 20), Keys(one, 300, 20));
        Assert.Equal(Keys(Filled(type, 20, seed: 3), 0, 20), Keys(other, 290, 20));
    }

    [Fact]
    public void Append_AfterATruncateIntoASharedFullBlock_LeavesItAsItWas()
    {
        using KeyValueStore one = Filled(CacheType.F32, 128, seed: 1), other = Empty(CacheType.F32);
        float[] before = Keys(one, 0, 128);
        using SharedBlocks full = Share(one, 0);
        one.Truncate(100);
        Append(one, 10, seed: 2);
        other.Adopt([full], 0, 0, 128);

        Assert.Equal(before, Keys(other, 0, 128));
        Assert.Equal(before[..(100 * Width)], Keys(one, 0, 100));
    }

    [Fact]
    public void Append_AloneAgain_WritesWithoutACopy()
    {
        using KeyValueStore one = Filled(CacheType.F16, 60, seed: 1);
        long bytes = _memory.Bytes;
        Share(one, 0).Dispose();
        SharedBlocks held = Share(one, 0);
        Append(one, 1, seed: 2);
        Assert.Equal(2 * bytes, _memory.Bytes);
        held.Dispose();
        Append(one, 1, seed: 3);

        Assert.Equal(bytes, _memory.Bytes);
    }

    [Fact]
    public void Bytes_OfBlocksWithSeveralHolders_CountedOnceInTheMemory()
    {
        KeyValueStore one = Filled(CacheType.F16, 256, seed: 1), other = Empty(CacheType.F16);
        SharedBlocks first = Share(one, 0), second = Share(one, 1);
        other.Adopt([first, second], 0, 0, 256);
        Assert.Equal((one.Bytes, one.Bytes, one.Bytes, one.Bytes), (other.Bytes, _memory.Bytes, first.Bytes + second.Bytes, 2 * one.BlockBytes));

        // Whoever lets go last frees.
        one.Dispose();
        first.Dispose();
        first.Dispose();
        Assert.Equal(2 * other.BlockBytes, _memory.Bytes);
        other.Forget(128);
        Assert.Equal(other.BlockBytes, _memory.Bytes);
        other.Clear();
        Assert.Equal(other.BlockBytes, _memory.Bytes);
        second.Dispose();
        Assert.Equal(0, _memory.Bytes);
        other.Dispose();
    }

    [Fact]
    public void Finalizers_OfWhatNobodyDisposed_FreeTheBlocks()
    {
        Lose();
        for (int tries = 0; tries < 20 && _memory.Bytes > 0; tries++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        Assert.Equal(0, _memory.Bytes);
    }

    [Fact]
    public void Share_OfAForgottenBlock_HasAHole()
    {
        using KeyValueStore one = Filled(CacheType.F16, 300, seed: 1), window = Filled(CacheType.F16, 300, seed: 1), other = Empty(CacheType.F16);
        window.Forget(200);
        using SharedBlocks first = new([one, window], 0), second = new([one, window], 1), last = new([one, window], 2);
        other.Adopt([first, second, last], 1, 128, 290);

        Assert.Equal((false, true, true), (first.IsComplete, second.IsComplete, last.IsComplete));
        Assert.Equal((true, false), (first.Has(0), first.Has(1)));
        Assert.Equal((128, 290), (other.FirstPosition, other.EndPosition));
        Assert.Equal(Keys(one, 128, 162), Keys(other, 128, 162));
        Assert.Throws<ObjectDisposedException>(() => other.Adopt([first], 1, 0, 128));
        Assert.Equal((0, 0), (other.FirstPosition, other.EndPosition));
    }

    [Fact]
    public void Adopt_WhatDoesNotFit_Refused()
    {
        using KeyValueStore one = Filled(CacheType.F16, 100, seed: 1), other = Empty(CacheType.F32);
        using SharedBlocks shared = Share(one, 0);

        Assert.Throws<ArgumentException>(() => other.Adopt([shared], 0, 0, 100));
        Assert.Throws<ArgumentOutOfRangeException>(() => one.Adopt([shared], 0, 0, 101));
        Assert.Throws<ArgumentOutOfRangeException>(() => one.Adopt([shared], 0, 0, 129));
    }

    [Fact]
    public void Adopt_OnManyThreads_RightRowsAndNothingLeft()
    {
        const int threads = 8, rounds = 200;
        KeyValueStore source = Filled(CacheType.F16, 200, seed: 1);
        float[] expected = Keys(source, 0, 190);
        SharedBlocks first = Share(source, 0), last = Share(source, 1);
        source.Dispose();

        Parallel.For(0, threads, new ParallelOptions { MaxDegreeOfParallelism = threads }, thread =>
        {
            for (int round = 0; round < rounds; round++)
            {
                using KeyValueStore own = Empty(CacheType.F16), next = Empty(CacheType.F16);
                own.Adopt([first, last], 0, 0, 190);
                Append(own, 3, seed: thread);
                using SharedBlocks tail = Share(own, 1);
                next.Adopt([first, tail], 0, 0, 193);
                Append(own, 2, seed: round);
                Assert.Equal(expected, Keys(next, 0, 190));
                Assert.Equal(Keys(own, 190, 3), Keys(next, 190, 3));
            }
        });

        first.Dispose();
        last.Dispose();
        Assert.Equal(0, _memory.Bytes);
    }

    private void Lose() => _ = Share(Filled(CacheType.F16, 300, seed: 1), 1);

    private KeyValueStore Empty(CacheType type) => new(type, Heads, HeadDim, Context, _memory);

    private KeyValueStore Filled(CacheType type, int count, int seed)
    {
        KeyValueStore store = Empty(type);
        Append(store, count, seed);
        return store;
    }

    private static SharedBlocks Share(KeyValueStore store, int index) => new([store], index);

    private static void Append(KeyValueStore store, int count, int seed)
    {
        Random random = new(seed);
        float[] rows = [.. Enumerable.Range(0, count * Width).Select(_ => random.NextSingle())];
        store.Append(new Matrix(rows, count, Width), new Matrix(rows, count, Width));
    }

    private static float[] Keys(KeyValueStore store, int position, int count)
    {
        float[] keys = new float[count * Width], values = new float[count * Width];
        store.Read(position, new Matrix(keys, count, Width), new Matrix(values, count, Width));
        return keys;
    }
}
