namespace GemmaSharp.Tests.Server.Page;

/// <summary>A test that needs the Chromium of the system.</summary>
internal sealed class ChromiumFactAttribute : FactAttribute
{
    public ChromiumFactAttribute()
    {
        if (Program is null)
        {
            Skip = "needs Chromium (apt-get install chromium)";
        }
    }

    /// <summary>Its path, or null.</summary>
    public static string? Program { get; } = new[] { "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome" }.FirstOrDefault(File.Exists);
}
