using System.Diagnostics;
using System.Text.RegularExpressions;

namespace GemmaSharp.Tests.Architecture;

/// <summary>C# shown in README and docs is the source of a sample, so that it compiles; and the sample runs.</summary>
public sealed partial class SampleTests
{
    private const int LongestFirstUse = 9;

    [Fact]
    public void CodeFences_OfReadmeAndDocs_StandInASample()
    {
        string[] samples = [.. Directory.EnumerateFiles(Path.Combine(Fixture.Repository, "samples"), "*.cs", SearchOption.AllDirectories)
            .Where(path => !path.Replace('\\', '/').Contains("/obj/", StringComparison.Ordinal)).Select(Read)];
        string[] pages = [Path.Combine(Fixture.Repository, "README.md"), .. Directory.EnumerateFiles(Path.Combine(Fixture.Repository, "docs"), "*.md", SearchOption.AllDirectories)];

        (string Page, string Code)[] fences = [.. pages.SelectMany(page => Fence().Matches(Read(page)).Select(fence => (page, fence.Groups[1].Value)))];

        Assert.NotEmpty(fences);
        Assert.Empty(fences.Where(fence => !samples.Any(sample => sample.Contains(fence.Code, StringComparison.Ordinal)))
            .Select(fence => $"{Path.GetFileName(fence.Page)}: this is in no file below samples:\n{fence.Code}"));
    }

    [Fact]
    public void FirstUse_IsShort() =>
        Assert.InRange(Read(Path.Combine(Fixture.Repository, "samples", "FirstUse", "Program.cs")).TrimEnd().Split('\n').Length, 1, LongestFirstUse);

    [Fact]
    public async Task FirstUse_Run_Answers()
    {
        using Process sample = Process.Start(new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "FirstUse.dll")])
        {
            WorkingDirectory = Fixture.Repository, RedirectStandardOutput = true, RedirectStandardError = true,
        })!;

        string answer = await sample.StandardOutput.ReadToEndAsync();
        await sample.WaitForExitAsync();

        Assert.Equal(0, sample.ExitCode);
        Assert.Equal("A small yellow cross at the bottom right.", answer);
    }

    private static string Read(string path) => File.ReadAllText(path).ReplaceLineEndings("\n");

    [GeneratedRegex("^```csharp\n(.*?)^```$", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Fence();
}
