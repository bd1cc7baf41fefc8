namespace GemmaSharp.Tests;

/// <summary>Finds fixture files and repository folders from wherever the tests run.</summary>
internal static class Fixture
{
    public static string Repository { get; } = FindRepository();

    /// <summary>A path below tests/GemmaSharp.Tests/Fixtures.</summary>
    public static string Path(params ReadOnlySpan<string> parts) =>
        System.IO.Path.Combine([Repository, "tests", "GemmaSharp.Tests", "Fixtures", .. parts]);

    /// <summary>A path below models/pocket.</summary>
    public static string Pocket(params ReadOnlySpan<string> parts) =>
        System.IO.Path.Combine([Repository, "models", "pocket", .. parts]);

    private static string FindRepository()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(System.IO.Path.Combine(folder.FullName, "GemmaSharp.slnx")))
            {
                return folder.FullName;
            }
        }

        throw new DirectoryNotFoundException($"GemmaSharp.slnx not found above {AppContext.BaseDirectory}");
    }
}
