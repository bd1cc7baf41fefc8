namespace GemmaSharp.Media.Audio;

/// <summary>Cuts a long sound into windows at quiet places, so that all of it is heard.</summary>
public static class AudioWindows
{
    private const double SearchSeconds = 5;
    private const double QuietSeconds = 0.1;

    /// <summary>Consecutive windows of at most <paramref name="most"/> samples that cover everything.</summary>
    public static IReadOnlyList<(int Start, int Length)> Split(ReadOnlySpan<float> samples, int rate, int most)
    {
        List<(int, int)> windows = [];
        int start = 0;
        while (samples.Length - start > most)
        {
            // A last piece of less than the search span is shared with the window before it.
            int rest = samples.Length - start, span = int.Min((int)(SearchSeconds * rate), most / 4);
            int latest = rest < most + span ? start + most - span : start + most;
            int cut = Quietest(samples, latest - span, latest, int.Min((int)(QuietSeconds * rate), span));
            windows.Add((start, cut - start));
            start = cut;
        }

        windows.Add((start, samples.Length - start));
        return windows;
    }

    private static int Quietest(ReadOnlySpan<float> samples, int from, int to, int width)
    {
        double energy = 0;
        for (int at = from; at < from + width; at++)
        {
            energy += (double)samples[at] * samples[at];
        }

        double least = energy;
        int best = from;
        for (int at = from; at + width < to; at++)
        {
            energy += ((double)samples[at + width] * samples[at + width]) - ((double)samples[at] * samples[at]);
            (least, best) = energy < least ? (energy, at + 1) : (least, best);
        }

        return best + (width / 2);
    }
}
