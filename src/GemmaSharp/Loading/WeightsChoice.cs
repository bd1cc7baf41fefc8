namespace GemmaSharp.Loading;

/// <summary>Whether weights are multiplied in place, and whether they stay there.</summary>
internal static class WeightsChoice
{
    /// <summary>Whether a model's weights may be multiplied from a mapping of its file.</summary>
    /// <param name="wanted">auto, packed or in-place; null for auto.</param>
    /// <param name="path">The model's file or folder.</param>
    /// <exception cref="ArgumentException">Another word.</exception>
    public static bool InPlace(string? wanted, string path) => wanted switch
    {
        "packed" => false,
        "in-place" => true,
        null or "auto" => Environment.Is64BitProcess && IsLocal(Path.GetFullPath(path)),
        _ => throw new ArgumentException($"weights: '{wanted}' found, auto, packed or in-place expected"),
    };

    /// <summary>Whether weights in place are packed while nothing is computed. For a while a matrix is in memory twice then, which a limit may not leave room for.</summary>
    public static bool PacksLater(EngineOptions options) => options.Weights is null or "auto" && options.MemoryLimit is null;

    // A page that a server does not give ends the process; reading by handle tells of it.
    private static bool IsLocal(string path)
    {
        try
        {
            return new DriveInfo(OperatingSystem.IsWindows() ? Path.GetPathRoot(path) ?? path : path).DriveType != DriveType.Network;
        }
        catch (Exception error) when (error is ArgumentException or IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
