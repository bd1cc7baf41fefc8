using System.Text.RegularExpressions;

namespace GemmaSharp.Tests.Architecture;

/// <summary>Words that hide what a file is for, and notes of work left undone, do not occur.</summary>
public sealed partial class WordTests
{
    private static readonly string[] BannedInNames = ["Helper", "Helpers", "Util", "Utils", "Utility", "Utilities", "Manager", "Common", "Base", "Misc"];

    [Fact]
    public void FileNames_SayWhatTheFileIsFor() =>
        Assert.DoesNotContain(
            SourceFile.Src.Concat(SourceFile.Tests).Select(file => file.Path),
            path => PascalWord().Matches(Path.GetFileNameWithoutExtension(path)).Any(word => BannedInNames.Contains(word.Value)));

    [Fact]
    public void Sources_LeaveNothingUndone() =>
        Assert.Empty(SourceFile.Src.Concat(SourceFile.Tests).SelectMany(file => Undone().Matches(file.Text).Select(word => $"{file.Path}: {word.Value}")));

    [GeneratedRegex("[A-Z][a-z0-9]*")]
    private static partial Regex PascalWord();

    // Written with a class of one letter, so that this line does not find itself.
    [GeneratedRegex(@"\b(TO[D]O|FIX[M]E|HA[C]K|XX[X])\b")]
    private static partial Regex Undone();
}
