namespace GemmaSharp.Loading;

/// <summary>Whether weights are multiplied in place, where the options leave it open.</summary>
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
