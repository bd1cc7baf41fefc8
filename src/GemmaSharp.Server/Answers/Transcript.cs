using System.Runtime.CompilerServices;
using System.Text;
using GemmaSharp.Prompting;
using GemmaSharp.Server.Contracts;
using GemmaSharp.Server.Requests;
using GemmaSharp.Server.Scheduling;

namespace GemmaSharp.Server.Answers;

/// <summary>A sound that has its place: its windows are answered one after the other.</summary>
internal sealed class Transcript(Place place, IReadOnlyList<(double Start, double End, Func<Prompt> Encode)> windows, TranscriptionForm form, Metrics metrics) : IDisposable
{
    private readonly List<Usage> _answers = [];

    /// <summary>Counts of all windows; complete when all has been read.</summary>
    public TranscriptionUsage Usage => TranscriptionUsage.From(_answers);

    /// <summary>Times of all windows; complete when all has been read.</summary>
    public TimingsBody Timings => TimingsBody.From(place.QueueSeconds, _answers);

    /// <summary>Pieces of text; a window's last comes with the segment it makes.</summary>
    public async IAsyncEnumerable<(string Delta, SegmentBody? Segment)> ReadAsync([EnumeratorCancellation] CancellationToken cancel)
    {
        GenerationOptions options = new() { Temperature = form.Temperature ?? 0, TopProbabilities = 0 };
        for (int number = 0; number < windows.Count; number++)
        {
            (double start, double end, Func<Prompt> encode) = windows[number];
            Prompt prompt = await Task.Run(encode, cancel).ConfigureAwait(false);
            StringBuilder text = new();
            List<int> ids = [];
            double sum = 0;
            await foreach (GenerationUpdate update in place.GenerateAsync(prompt, options, cancel).ConfigureAwait(false))
            {
                text.Append(update.Text);
                if (update is { TokenId: int id, Probabilities: TokenProbabilities likely })
                {
                    ids.Add(id);
                    sum += likely.Token;
                }

                if (update.Usage is Usage usage)
                {
                    _answers.Add(usage);
                    metrics.SeeAnswer(usage);
                }

                yield return (update.Text, null);
            }

            yield return ("", new SegmentBody(number, Math.Round(start, 3), Math.Round(end, 3), text.ToString().Trim(), ids, ids.Count > 0 ? sum / ids.Count : 0));
        }
    }

    public void Dispose() => place.Dispose();
}
