namespace GemmaSharp.Conversion;

/// <summary>Tells whether a file to be written is one that is read.</summary>
internal static class OutputPath
{
    /// <summary>Whether two paths lead to the same file, through links too.</summary>
    public static bool AreSame(string one, string other) => Resolve(one) == Resolve(other);

    private static string Resolve(string path)
    {
        string whole = Path.GetFullPath(path);
        return (File.Exists(whole) ? File.ResolveLinkTarget(whole, returnFinalTarget: true)?.FullName : null) ?? whole;
    }
}
