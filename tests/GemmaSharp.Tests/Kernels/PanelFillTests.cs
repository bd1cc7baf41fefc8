using GemmaSharp.Kernels.Memory;
using GemmaSharp.Kernels.Tensors;

namespace GemmaSharp.Tests.Kernels;

/// <summary>Every panel is packed once, from its own rows, whatever the number of rows and the length of a run.</summary>
public sealed unsafe class PanelFillTests
{
    private const int PanelRows = 16;

    [Theory]
    [InlineData(1, 7)]
    [InlineData(16, 64)]
    [InlineData(17, 3)]
    [InlineData(1000, 333)]
    [InlineData(333, 40_000)]
    public void Run_AnySize_PacksEachPanelFromItsRows(int rows, int rowBytes)
    {
        byte[] file = new byte[rows * rowBytes];
        new Random(rows).NextBytes(file);
        int panels = (rows + PanelRows - 1) / PanelRows;
        byte[] packed = new byte[panels * PanelRows * rowBytes];
        int[] calls = new int[panels];
        using NativeBuffer buffer = NativeBuffer.ForWeights(packed.Length);

        PanelFill.Run(rows, rowBytes, buffer, (offset, into) => file.AsSpan((int)offset, into.Length).CopyTo(into), (panel, from) =>
        {
            Interlocked.Increment(ref calls[panel]);
            new Span<byte>(from, PanelRows * rowBytes).CopyTo(packed.AsSpan(panel * PanelRows * rowBytes));
        });

        Assert.All(calls, count => Assert.Equal(1, count));
        Assert.True(packed.AsSpan(0, file.Length).SequenceEqual(file));
        Assert.True(packed.AsSpan(file.Length).IndexOfAnyExcept((byte)0) < 0);
    }

    [Fact]
    public void Run_AReaderThatFails_ItsOwnException()
    {
        using NativeBuffer buffer = NativeBuffer.ForWeights(16);

        InvalidDataException error = Assert.Throws<InvalidDataException>(() =>
            PanelFill.Run(4096, 4096, buffer, (_, _) => throw new InvalidDataException("cut short"), (_, _) => { }));
        Assert.Equal("cut short", error.Message);
    }
}
