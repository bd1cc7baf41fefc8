using GemmaSharp.Model.Config;
using GemmaSharp.Model.MatFormer;

namespace GemmaSharp.Tests.Model.MatFormer;

/// <summary>Slices in words: what they mean, and words that mean nothing.</summary>
public sealed class SliceSpecTests
{
    // Twelve layers of width 128; 4 and 6 give keys and values to 7 to 11.
    private static readonly TextConfig Parent = ConfigJson.Read(Path.Combine(Fixture.Path("TinyText"), "config.json")).Text;

    [Theory]
    [InlineData("ffn=64", "64 64 64 64 64 64 64 64 64 64 64 64", "")]
    [InlineData("skip=8-10", "128 128 128 128 128 128 128 128 128", "8 9 10")]
    [InlineData("ffn=64;skip=8-9,11", "64 64 64 64 64 64 64 64 64", "8 9 11")]
    [InlineData(" skip = 2 , 8 ; ffn = 96 , 64x4 , 1_28 x 5 ", "96 64 64 64 64 128 128 128 128 128", "2 8")]
    public void Parse_Words_WidthsAndSkippedLayers(string text, string widths, string skipped)
    {
        SlicePlan plan = new SliceCatalog(Parent, table: null, "model").Find(text);

        Assert.Equal(Ints(widths), plan.Slice.IntermediateSizes);
        Assert.Equal(Ints(skipped), plan.Slice.SkippedLayers);
        Assert.Equal(text, plan.Name);
    }

    [Theory]
    [InlineData("ffn=", "'' is no width")]
    [InlineData("ffn=0", "'0' is no width")]
    [InlineData("ffn=-64", "'-64' is no width")]
    [InlineData("ffn=64x", "'64x' is no width or WIDTHxCOUNT")]
    [InlineData("ffn=64x0", "'64x0' is no width or WIDTHxCOUNT")]
    [InlineData("ffn=64x2x3", "'64x2x3' is no width or WIDTHxCOUNT")]
    [InlineData("ffn=64x1000,64x1000", "'64x1000' is no width or WIDTHxCOUNT of at most 1024 layers")]
    [InlineData("ffn=64,,64", "'' is no width")]
    [InlineData("skip=", "'' is no layer N or FIRST-LAST")]
    [InlineData("skip=9-8", "'9-8' is no layer N or FIRST-LAST")]
    [InlineData("skip=1-2-3", "'1-2-3' is no layer N or FIRST-LAST")]
    [InlineData("skip=-1", "'-1' is no layer N or FIRST-LAST")]
    [InlineData("skip=8-10,9", "layer 9 is listed more than once")]
    [InlineData("width=64", "'width=64' is no part of a slice, ffn=... or skip=... expected")]
    [InlineData("ffn=64;", "'' is no part of a slice")]
    [InlineData("ffn==64", "'ffn==64' is no part of a slice")]
    [InlineData("ffn=64;ffn=32", "ffn is there twice")]
    [InlineData("ffn=160", "width 160 at place 0, layer 0 of the model: 1 to 128 expected")]
    [InlineData("ffn=64x11", "lists 11 widths, 12 expected")]
    [InlineData("ffn=64x12;skip=8", "lists 12 widths, 11 expected: 12 layers less 1 skipped")]
    [InlineData("skip=4", "skips layer 4, whose keys and values layer 9 reads; it must stay")]
    [InlineData("skip=12", "skips layer 12, 0 to 11 expected")]
    [InlineData("skip=0-11", "skips all 12 layers")]
    public void Find_BadWords_OneLineThatSaysWhere(string text, string reason)
    {
        InvalidDataException error = Assert.Throws<InvalidDataException>(() => new SliceCatalog(Parent, table: null, "model").Find(text));

        Assert.Contains($"'{text}'", error.Message, StringComparison.Ordinal);
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Fact]
    public void Find_NameWithAnEqualsSign_TheTablesRow()
    {
        MatFormerTable table = MatFormerTable.Parse("name,FFN Hidden Dims,Layers Skipped\nffn=64,\"[32, 32, 32, 32, 32, 32, 32, 32, 32, 32, 32, 32]\",", "slices.csv");

        Assert.Equal(32, new SliceCatalog(Parent, table, "model").Find("ffn=64").Config.IntermediateSizes[0]);
    }

    private static int[] Ints(string text) => [.. text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(one => int.Parse(one, null))];
}
