using System.Globalization;
using System.Text;
using GemmaSharp.Server.Contracts;

namespace GemmaSharp.Server.Answers;

/// <summary>Segments as SubRip or WebVTT files.</summary>
internal static class Subtitles
{
    public static string Write(IReadOnlyList<SegmentBody> segments, bool vtt)
    {
        StringBuilder text = new(vtt ? "WEBVTT\n\n" : "");
        foreach (SegmentBody segment in segments)
        {
            if (!vtt)
            {
                text.Append(CultureInfo.InvariantCulture, $"{segment.Id + 1}\n");
            }

            text.Append(CultureInfo.InvariantCulture, $"{Time(segment.Start, vtt)} --> {Time(segment.End, vtt)}\n{Lines(segment.Text, vtt)}\n\n");
        }

        return text.ToString();
    }

    private static string Time(double seconds, bool vtt)
    {
        TimeSpan time = TimeSpan.FromMilliseconds(Math.Round(seconds * 1e3));
        return string.Create(CultureInfo.InvariantCulture, $"{(int)time.TotalHours:00}:{time.Minutes:00}:{time.Seconds:00}{(vtt ? '.' : ',')}{time.Milliseconds:000}");
    }

    // An empty line would end a cue, and an arrow or a tag would begin another meaning.
    private static string Lines(string text, bool vtt)
    {
        string lines = string.Join('\n', text.ReplaceLineEndings("\n").Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)).Replace("-->", "->", StringComparison.Ordinal);
        return vtt ? lines.Replace("&", "&amp;", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal) : lines;
    }
}
