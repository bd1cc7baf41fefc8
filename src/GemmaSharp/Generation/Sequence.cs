using System.Diagnostics;
using GemmaSharp.Model;
using GemmaSharp.Prompting;
using GemmaSharp.Sampling;
using GemmaSharp.Tokenization;

namespace GemmaSharp.Generation;

/// <summary>One conversation's tokens in the cache, and the one loop that prefills a prompt and decodes an answer.</summary>
internal sealed class Sequence(GemmaEngine engine) : IDisposable
{
    /// <summary>The most tokens of a prompt that are computed at once.</summary>
    public const int PrefillChunk = 512;

    private readonly ModelState _state = engine.CreateState(engine.ContextLength);
    private readonly List<int> _cached = [];
    private readonly List<float[]> _media = [];

    public long CacheBytes => _state.Bytes;

    /// <summary>Ids and text of the answer to a prompt, as they come.</summary>
    /// <param name="prompt">The whole conversation; what the cache holds of it is not computed again.</param>
    /// <param name="options">How to draw and when to stop.</param>
    /// <param name="cancel">Ends the answer.</param>
    public IEnumerable<GenerationUpdate> Generate(Prompt prompt, GenerationOptions options, CancellationToken cancel)
    {
        if (prompt.Ids.Length >= engine.ContextLength)
        {
            throw new InvalidDataException($"the prompt has {prompt.Ids.Length} tokens, the context holds {engine.ContextLength} and needs room for an answer");
        }

        Sampler sampler = new(SamplingSettings.From(options, engine.Files.Generation, engine.Files.Config.Text.VocabSize), options.Seed ?? (ulong)Random.Shared.NextInt64()) { Mask = engine.Grammars.Begin(options) };
        sampler.SeePrompt(prompt.Ids);
        TokenStreamDecoder decoder = new(engine.Files.Tokenizer);
        StopMatcher stops = new(options.Stop);
        float[] logits = new float[engine.Files.Config.Text.VocabSize];
        LogProbabilities? probabilities = options.TopProbabilities is int shown ? new LogProbabilities(shown, logits.Length) : null;
        long started = Stopwatch.GetTimestamp();
        using PassMember passes = engine.Passes.Join(_state);
        int cached = Prefill(prompt, passes, logits, cancel);
        double prefill = Stopwatch.GetElapsedTime(started).TotalSeconds;
        started = Stopwatch.GetTimestamp();
        int most = int.Min(options.MaxTokens ?? int.MaxValue, engine.ContextLength - prompt.Ids.Length), count = 0;
        FinishReason? finish = null;
        while (finish is null && count < most)
        {
            cancel.ThrowIfCancellationRequested();
            probabilities?.See(logits);
            int id = sampler.Next(logits);
            count++;
            if (!options.IgnoreEos && IsEnd(id))
            {
                finish = FinishReason.Stop;
                yield return new GenerationUpdate("") { TokenId = id };
                break;
            }

            string text = stops.Push(decoder.Push(id));
            finish = stops.Stopped ? FinishReason.Stop : null;
            yield return new GenerationUpdate(text) { TokenId = id, Probabilities = probabilities?.Of(id) };
            if (finish is null && count < most)
            {
                passes.Decode(id, logits);
                _cached.Add(id);
            }
        }

        string rest = stops.Stopped ? "" : stops.Push(decoder.Flush()) + stops.Flush();
        yield return new GenerationUpdate(rest)
        {
            FinishReason = finish ?? FinishReason.Length,
            StopText = stops.Found,
            Usage = new Usage
            {
                PromptTokens = prompt.Ids.Length,
                ImageTokens = prompt.RowCount("image", engine.Files.Config.Text.HiddenSize),
                AudioTokens = prompt.RowCount("audio", engine.Files.Config.Text.HiddenSize),
                CachedTokens = cached,
                CompletionTokens = count,
                PrefillSeconds = prefill,
                DecodeSeconds = Stopwatch.GetElapsedTime(started).TotalSeconds,
                EncodeSeconds = prompt.Costs.Sum(one => one.Seconds),
                Media = prompt.Costs,
            },
        };
    }

    public void Dispose() => _state.Dispose();

    private bool IsEnd(int id) => (engine.Files.Generation.EosTokenIds ?? engine.Files.Config.EosTokenIds).Contains(id);

    // Keeps the longest common beginning in the cache and computes the rest; returns how many tokens were kept.
    private int Prefill(Prompt prompt, PassMember passes, float[] logits, CancellationToken cancel)
    {
        int common = CommonLength(prompt);
        if (!_state.TryTruncate(common))
        {
            _state.Clear();
            common = 0;
        }

        _cached.RemoveRange(common, _cached.Count - common);
        _media.Clear();
        _media.AddRange(prompt.Media.Select(media => media.Rows));
        int hidden = engine.Files.Config.Text.HiddenSize;
        float[] rows = [.. prompt.Media.SelectMany(media => media.Rows)];
        int row = prompt.Ids.Take(common).Count(engine.Model.IsPlaceholder);
        for (int start = common; start < prompt.Ids.Length;)
        {
            cancel.ThrowIfCancellationRequested();
            int count = passes.Prefill(prompt.Ids.AsMemory(start), rows.AsMemory(row * hidden), logits);
            ReadOnlySpan<int> ids = prompt.Ids.AsSpan(start, count);
            foreach (int id in ids)
            {
                row += engine.Model.IsPlaceholder(id) ? 1 : 0;
            }

            start += count;
            _cached.AddRange(ids);
        }

        return common;
    }

    /// <summary>How much of a prompt the cache holds. At least one token is left to compute, for its logits; a changed picture or clip ends what is common.</summary>
    public int CommonLength(Prompt prompt)
    {
        int common = 0, most = int.Min(_cached.Count, prompt.Ids.Length - 1);
        while (common < most && _cached[common] == prompt.Ids[common])
        {
            common++;
        }

        int rows = 0, hidden = engine.Files.Config.Text.HiddenSize;
        for (int index = 0; index < _media.Count; index++)
        {
            if (index >= prompt.Media.Count || !ReferenceEquals(_media[index], prompt.Media[index].Rows))
            {
                return int.Min(common, PlaceOfRow(prompt.Ids, rows));
            }

            rows += _media[index].Length / hidden;
        }

        return common;
    }

    private int PlaceOfRow(int[] ids, int row)
    {
        for (int at = 0; at < ids.Length; at++)
        {
            if (engine.Model.IsPlaceholder(ids[at]) && row-- == 0)
            {
                return at;
            }
        }

        return ids.Length;
    }
}
