namespace GemmaSharp.Loading;

/// <summary>The small trained model that comes with the program.</summary>
internal static class PocketModel
{
    /// <summary>Its folder, beside the program or in the repository above it.</summary>
    public static string Find()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string candidate = Path.Combine(folder.FullName, "models", "pocket");
            if (File.Exists(Path.Combine(candidate, "config.json")))
            {
                return candidate;
            }
        }

        throw new InvalidDataException($"the pocket model is not beside the program in {AppContext.BaseDirectory}; name a model with -m");
    }
}
