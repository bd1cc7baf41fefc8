namespace GemmaSharp.Diagnostics;

/// <summary>A text as windows of tokens, each with the begin token in its first place, as llama.cpp's tools cut it.</summary>
internal static class TextWindows
{
    private const int Shortest = 4;

    /// <summary>The whole windows of a text file.</summary>
    /// <param name="engine">Its tokenizer is used.</param>
    /// <param name="path">The file.</param>
    /// <param name="length">Tokens of a window.</param>
    /// <param name="special">Whether texts of special tokens in the file become those tokens.</param>
    /// <exception cref="ArgumentException">A length outside of the model's.</exception>
    /// <exception cref="InvalidDataException">The text is shorter than a window.</exception>
    public static IReadOnlyList<int[]> Read(GemmaEngine engine, string path, int length, bool special)
    {
        if (length < Shortest || length > engine.ContextLength)
        {
            throw new ArgumentException($"windows of {length} tokens, {Shortest} to {engine.ContextLength} expected");
        }

        int begin = engine.Files.Config.BosTokenId;
        int[] ids = [begin, .. engine.Files.Tokenizer.Encode(File.ReadAllText(path), special)];
        if (ids.Length < length)
        {
            throw new InvalidDataException($"{path}: {ids.Length} tokens, {length} expected at least; take a longer text or a smaller --ctx");
        }

        int[][] windows = [.. ids.Chunk(length).Take(ids.Length / length)];
        foreach (int[] window in windows)
        {
            window[0] = begin;
        }

        return windows;
    }
}
