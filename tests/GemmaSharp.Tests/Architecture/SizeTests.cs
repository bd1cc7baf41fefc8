using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace GemmaSharp.Tests.Architecture;

/// <summary>Files, methods and parameter lists stay small enough to hold in the head.</summary>
public sealed class SizeTests
{
    private const int MostFileLines = 300;
    private const int MostMethodLines = 60;
    private const int MostLayerLines = 40;
    private const int MostParameters = 8;

    // Longer than the limit, with the reason.
    private static readonly Dictionary<string, string> LongMethods = new()
    {
        ["src/GemmaSharp.Kernels/Ops/PanelTile512.cs"] = "24 sums that must stay in registers cannot be named by an index",
    };

    [Fact]
    public void Files_OfSrc_StayUnderTheLimit() =>
        Assert.Empty(SourceFile.Src.Where(file => file.LineCount > MostFileLines).Select(file => $"{file.Path}: {file.LineCount} lines, at most {MostFileLines}"));

    [Fact]
    public void Methods_OfSrc_StayUnderTheLimit() =>
        Assert.Empty(SourceFile.Src.SelectMany(file => file.Bodies
            .Where(body => Lines(body) > MostMethodLines && !LongMethods.ContainsKey(file.Path))
            .Select(body => $"{file.Place(body)}: {Lines(body)} lines, at most {MostMethodLines}")));

    [Fact]
    public void Parameters_OfSrc_StayUnderTheLimit() =>
        Assert.Empty(SourceFile.Src.SelectMany(file => file.Root.DescendantNodes().OfType<ParameterListSyntax>()
            .Where(list => list.Parameters.Count > MostParameters)
            .Select(list => $"{file.Place(list.Parent!)}: {list.Parameters.Count} parameters, at most {MostParameters}")));

    [Fact]
    public void DecoderLayer_Forward_ReadsAsASentence()
    {
        SourceFile layer = SourceFile.Src.Single(file => file.Path == "src/GemmaSharp.Model/Text/DecoderLayer.cs");
        SyntaxNode forward = layer.Bodies.Single(body => SourceFile.Name(body) == "Forward");

        Assert.InRange(Lines(forward), 1, MostLayerLines);
        Assert.DoesNotContain(
            forward.DescendantNodes(),
            node => node is BinaryExpressionSyntax or IfStatementSyntax or SwitchStatementSyntax or SwitchExpressionSyntax or ForStatementSyntax);
    }

    private static int Lines(SyntaxNode node)
    {
        FileLinePositionSpan span = node.GetLocation().GetLineSpan();
        return span.EndLinePosition.Line - span.StartLinePosition.Line + 1;
    }
}
