using System.Diagnostics;
using GemmaSharp.Generation.Drafting;
using GemmaSharp.Model;
using GemmaSharp.Prefixes;
using GemmaSharp.Prompting;
using GemmaSharp.Sampling;
using GemmaSharp.Tokenization;

namespace GemmaSharp.Generation;

/// <summary>One conversation's tokens in the cache, and the one loop that prefills a prompt and decodes an answer.</summary>
/// <param name="engine">Computes.</param>
/// <param name="tag">With whom the engine's cache of beginnings is shared; null shares nothing.</param>
internal sealed class Sequence(GemmaEngine engine, PrefixTag? tag = null) : IDisposable
{
    /// <summary>The most tokens of a prompt that are computed at once.</summary>
    public const int PrefillChunk = 512;

    private readonly HeldTokens _held = new(engine.CreateState(engine.ContextLength), tag is null ? null : engine.Prefixes, tag ?? default);
    private PassCosts _costs = new();

    public long CacheBytes => _held.State.Bytes;

    /// <summary>Ids and text of the answer to a prompt, as they come.</summary>
    /// <param name="prompt">The whole conversation; what the cache holds of it is not computed again.</param>
    /// <param name="options">How to draw and when to stop.</param>
    /// <param name="cancel">Ends the answer.</param>
    public IEnumerable<GenerationUpdate> Generate(Prompt prompt, GenerationOptions options, CancellationToken cancel)
    {
        RequireRoom(prompt);
        ModelSlice slice = engine.Slices.Find(options.Slice);
        Sampler sampler = new(SamplingSettings.From(options, engine.Files.Generation, engine.Files.Config.Text.VocabSize), options.Seed ?? (ulong)Random.Shared.NextInt64()) { Mask = engine.Grammars.Begin(options) };
        sampler.SeePrompt(prompt.Ids);
        TokenStreamDecoder decoder = new(engine.Files.Tokenizer);
        StopMatcher stops = new(options.Stop);
        Memory<float> logits = new float[engine.Files.Config.Text.VocabSize];
        LogProbabilities? probabilities = options.TopProbabilities is int shown ? new LogProbabilities(shown, logits.Length) : null;
        long started = Stopwatch.GetTimestamp();
        Use(slice);
        using PassMember passes = engine.Passes.Join(_held.State);
        using DraftedSteps steps = new(passes, _held, Drafters.Create(engine, options, _held.State, sampler.Mask, _costs, prompt.Ids), sampler.Mask, _costs, logits);
        int cached = Prefill(prompt, passes, logits, cancel);
        double prefill = Stopwatch.GetElapsedTime(started).TotalSeconds;
        started = Stopwatch.GetTimestamp();
        int most = int.Min(options.MaxTokens ?? int.MaxValue, engine.ContextLength - prompt.Ids.Length), count = 0;
        FinishReason? finish = null;
        while (finish is null && count < most)
        {
            cancel.ThrowIfCancellationRequested();
            probabilities?.See(logits.Span);
            int id = sampler.Next(logits.Span);
            count++;
            if (!options.IgnoreEos && IsEnd(id))
            {
                finish = FinishReason.Stop;
                yield return new GenerationUpdate("") { TokenId = id };
                break;
            }

            string text = stops.Push(decoder.Push(id));
            finish = stops.Stopped ? FinishReason.Stop : null;
            yield return new GenerationUpdate(text) { TokenId = id, Probabilities = probabilities?.Of(id), Notice = steps.TakeNotice() };
            if (finish is null && count < most)
            {
                logits = steps.After(id, most - count);
            }
        }

        steps.Settle();
        _held.Keep();
        string rest = stops.Stopped ? "" : stops.Push(decoder.Flush()) + stops.Flush();
        yield return new GenerationUpdate(rest)
        {
            FinishReason = finish ?? FinishReason.Length,
            StopText = stops.Found,
            Usage = steps.Count(Known(prompt, options.Slice) with
            {
                CachedTokens = cached,
                CompletionTokens = count,
                PrefillSeconds = prefill,
                DecodeSeconds = Stopwatch.GetElapsedTime(started).TotalSeconds,
            }),
        };
    }

    public void Dispose() => _held.Dispose();

    private void Use(ModelSlice slice)
    {
        _costs = slice == _held.State.Slice ? _costs : new PassCosts();
        _held.Use(slice);
    }

    // What is known of an answer's costs before it begins.
    private Usage Known(Prompt prompt, string? slice) => new()
    {
        PromptTokens = prompt.Ids.Length,
        ImageTokens = prompt.RowCount("image", engine.Files.Config.Text.HiddenSize),
        AudioTokens = prompt.RowCount("audio", engine.Files.Config.Text.HiddenSize),
        Slice = slice,
        EncodeSeconds = prompt.Costs.Sum(one => one.Seconds),
        Media = prompt.Costs,
    };

    private bool IsEnd(int id) => (engine.Files.Generation.EosTokenIds ?? engine.Files.Config.EosTokenIds).Contains(id);

    private void RequireRoom(Prompt prompt)
    {
        if (prompt.Ids.Length >= engine.ContextLength)
        {
            throw new InvalidDataException($"the prompt has {prompt.Ids.Length} tokens, the context holds {engine.ContextLength} and needs room for an answer");
        }
    }

    // Computes what neither this sequence nor the cache has of a prompt; returns how many tokens were there.
    private int Prefill(Prompt prompt, PassMember passes, Memory<float> logits, CancellationToken cancel)
    {
        PrefixToken[] tokens = PrefixToken.Of(prompt, engine.Model);
        int hidden = engine.Files.Config.Text.HiddenSize, computed = 0, row = 0, counted = 0;
        float[] rows = [.. prompt.Media.SelectMany(media => media.Rows)];
        _held.Rewind(tokens);
        while (_held.Count < tokens.Length)
        {
            using PrefixClaim? claim = _held.Claim(tokens, PrefillChunk, cancel);
            int end = claim?.End ?? int.Min(_held.Count + PrefillChunk, tokens.Length);
            while (_held.Count < end)
            {
                cancel.ThrowIfCancellationRequested();
                int start = _held.Count;
                row += Placeholders(prompt.Ids.AsSpan(counted..start));
                counted = start;
                Memory<float> into = end == tokens.Length ? logits : default;
                int count = passes.Prefill(prompt.Ids.AsMemory(start..end), rows.AsMemory(int.Min(row * hidden, rows.Length)), into);
                _held.Add(tokens.AsSpan(start, count));
                computed += count;
            }
        }

        return tokens.Length - computed;
    }

    private int Placeholders(ReadOnlySpan<int> ids)
    {
        int count = 0;
        foreach (int id in ids)
        {
            count += engine.Model.IsPlaceholder(id) ? 1 : 0;
        }

        return count;
    }
}
