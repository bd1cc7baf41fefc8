using System.Xml.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace GemmaSharp.Tests.Architecture;

/// <summary>Rooms: who may reference whom, where unsafe code may stand, and namespaces that follow folders.</summary>
public sealed class RoomTests
{
    private const string Kernels = "Kernels";
    private static readonly string[] UnsafeNames = ["MemoryMarshal", "Unsafe", "CollectionsMarshal", "NativeMemory"];

    [Fact]
    public void References_OfEveryRoom_EqualTheTableOfTheArchitecturePage()
    {
        string[] table = [.. File.ReadAllLines(Path.Combine(Fixture.Repository, "docs", "architecture.md"))
            .Where(line => line.StartsWith("| ", StringComparison.Ordinal)).Skip(1)
            .Select(line => line.Split('|', StringSplitOptions.TrimEntries)).Where(cells => cells.Length > 3)
            .Select(cells => $"{cells[1]} -> {cells[2]}").Order(StringComparer.Ordinal)];

        string[] projects = [.. Projects().Select(project => $"{project.Room} -> {(project.References.Length == 0 ? "nothing" : string.Join(", ", project.References))}").Order(StringComparer.Ordinal)];

        Assert.Equal(projects, table);
    }

    [Fact]
    public void UnsafeBlocks_AllowedInKernelsOnly() =>
        Assert.Equal([Kernels], Projects().Where(project => project.Xml.Descendants("AllowUnsafeBlocks").Any()).Select(project => project.Room));

    [Fact]
    public void UnsafeCode_OutsideKernels_None() =>
        Assert.Empty(SourceFile.Src.Where(file => file.Room != Kernels)
            .SelectMany(file => file.Root.DescendantTokens().Where(IsUnsafe).Select(token => $"{file.Path}: {token.Text}")));

    [Fact]
    public void Namespaces_FollowFolders() =>
        Assert.Empty(SourceFile.Src.Concat(SourceFile.Tests)
            .Select(file => (file.Path, Expected: Folder(file.Path), Found: file.Root.DescendantNodes().OfType<BaseNamespaceDeclarationSyntax>().SingleOrDefault()?.Name.ToString()))
            .Where(one => one.Found is not null && one.Found != one.Expected)
            .Select(one => $"{one.Path}: {one.Found}, {one.Expected} expected"));

    [Fact]
    public void Types_StandInANamespace() =>
        Assert.Empty(SourceFile.Src.Concat(SourceFile.Tests)
            .Where(file => file.Root.Members.OfType<BaseTypeDeclarationSyntax>().Any()).Select(file => file.Path));

    private static bool IsUnsafe(SyntaxToken token) =>
        token.IsKind(SyntaxKind.UnsafeKeyword) || token.IsKind(SyntaxKind.FixedKeyword)
        || (UnsafeNames.Contains(token.Text) && token.GetNextToken().IsKind(SyntaxKind.DotToken));

    private static string Folder(string path) => path.Split('/')[1..^1] is string[] parts ? string.Join('.', parts) : "";

    private static (string Room, string[] References, XDocument Xml)[] Projects() =>
    [
        .. Directory.EnumerateFiles(Path.Combine(Fixture.Repository, "src"), "*.csproj", SearchOption.AllDirectories).Select(path =>
        {
            XDocument xml = XDocument.Load(path);
            return (Room(path), xml.Descendants("ProjectReference").Select(reference => Room(reference.Attribute("Include")!.Value)).ToArray(), xml);
        }),
    ];

    private static string Room(string project) => Path.GetFileNameWithoutExtension(project.Replace('\\', '/')) is string name && name.Contains('.', StringComparison.Ordinal) ? name.Split('.', 2)[1] : "GemmaSharp";
}
