using System.Diagnostics;
using System.Globalization;

namespace GemmaSharp.Cli;

/// <summary>Counts and times of an answer in words.</summary>
internal static class Statistics
{
    private const double Megabyte = 1 << 20;

    public static IReadOnlyList<(string Name, string Value)> Describe(Usage usage, long cacheBytes)
    {
        List<(string, string)> facts = [.. usage.Media.Select(media => ("media", Media(media)))];
        int computed = usage.PromptTokens - usage.CachedTokens;
        string cached = usage.CachedTokens > 0 ? Invariant($", {usage.CachedTokens} of them from the cache") : "";
        facts.Add(("prefill", Invariant($"{usage.PromptTokens} tokens{cached}{Rate(computed, usage.PrefillSeconds)}")));

        // The first token of an answer comes with the prompt's last one.
        facts.Add(("decode", Invariant($"{usage.CompletionTokens} tokens{Rate(usage.CompletionTokens - 1, usage.DecodeSeconds)}")));
        if (usage.Slice is not null)
        {
            facts.Add(("slice", usage.Slice));
        }

        if (usage.DraftedTokens > 0)
        {
            string gain = usage.DraftSpeedUp is double times ? Invariant($", about {times:F2} times as fast as without") : "";
            facts.Add(("draft", Invariant($"{usage.AcceptedTokens} of {usage.DraftedTokens} drafted tokens came true{gain}")));
        }

        using Process process = Process.GetCurrentProcess();
        facts.Add(("memory", Invariant($"{process.PeakWorkingSet64 / Megabyte:F0} MB at most, {cacheBytes / Megabyte:F1} MB of it keys and values")));
        return facts;
    }

    private static string Media(MediaUsage media) => media.Windows > 1
        ? Invariant($"{media.Name} in {media.Windows} windows, encoded in {media.Seconds * 1000:F0} ms")
        : Invariant($"{media.Name} encoded in {media.Seconds * 1000:F0} ms");

    private static string Rate(int tokens, double seconds) => tokens > 0 && seconds > 0 ? Invariant($" in {seconds:F2} s, {tokens / seconds:F1} tokens/s") : "";

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
