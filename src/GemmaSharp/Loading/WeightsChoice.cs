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

    /// <summary>Whether weights in place are packed beside the answers.</summary>
    /// <param name="wanted">As in <see cref="InPlace"/>.</param>
    public static bool PacksLater(string? wanted) => wanted is null or "auto";

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
