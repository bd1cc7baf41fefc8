using System.Security.Cryptography;

namespace GemmaSharp.Server.Answers;

/// <summary>Names that nobody can guess.</summary>
internal static class Identifier
{
    private const int Length = 24;
    private const string Letters = "abcdefghijklmnopqrstuvwxyz0123456789";

    /// <summary>A new name behind a prefix such as "call_".</summary>
    public static string Create(string prefix) => prefix + RandomNumberGenerator.GetString(Letters, Length);
}
