using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace GemmaSharp.Tests.Architecture;

/// <summary>A C# file of the repository, parsed.</summary>
/// <param name="Path">Its path from the repository's root, with slashes.</param>
/// <param name="Text">Its text.</param>
internal sealed record SourceFile(string Path, string Text)
{
    private static readonly string[] BuildFolders = ["bin", "obj", "artifacts"];

    /// <summary>All files below src.</summary>
    public static IReadOnlyList<SourceFile> Src { get; } = Below("src");

    /// <summary>All files below tests.</summary>
    public static IReadOnlyList<SourceFile> Tests { get; } = Below("tests");

    public CompilationUnitSyntax Root { get; } = CSharpSyntaxTree.ParseText(Text).GetCompilationUnitRoot();

    /// <summary>The room: Kernels, Weights, ...; GemmaSharp for the library.</summary>
    public string Room => Path.Split('/')[1] is string project && project.StartsWith("GemmaSharp.", StringComparison.Ordinal) ? project["GemmaSharp.".Length..] : "GemmaSharp";

    public int LineCount => Text.AsSpan().TrimEnd('\n').Count('\n') + 1;

    /// <summary>Methods, constructors, accessors, operators and local functions.</summary>
    public IEnumerable<SyntaxNode> Bodies => Root.DescendantNodes().Where(node => node is BaseMethodDeclarationSyntax or AccessorDeclarationSyntax or LocalFunctionStatementSyntax);

    /// <summary>"src/X/Y.cs:12 Name".</summary>
    public string Place(SyntaxNode node) => $"{Path}:{node.GetLocation().GetLineSpan().StartLinePosition.Line + 1} {Name(node)}";

    public static string Name(SyntaxNode node) => node switch
    {
        MethodDeclarationSyntax method => method.Identifier.Text,
        BaseTypeDeclarationSyntax type => type.Identifier.Text,
        LocalFunctionStatementSyntax function => function.Identifier.Text,
        ConstructorDeclarationSyntax constructor => constructor.Identifier.Text,
        _ => node.Kind().ToString(),
    };

    private static SourceFile[] Below(string folder) =>
    [
        .. Directory.EnumerateFiles(System.IO.Path.Combine(Fixture.Repository, folder), "*.cs", SearchOption.AllDirectories)
            .Select(file => (File: file, Relative: System.IO.Path.GetRelativePath(Fixture.Repository, file).Replace('\\', '/')))
            .Where(one => !one.Relative.Split('/').Any(BuildFolders.Contains))
            .OrderBy(one => one.Relative, StringComparer.Ordinal)
            .Select(one => new SourceFile(one.Relative, File.ReadAllText(one.File).ReplaceLineEndings("\n"))),
    ];
}
