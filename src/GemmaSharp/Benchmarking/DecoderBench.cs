using System.Diagnostics;
using System.Text.Json.Nodes;
using GemmaSharp.Generation;
using GemmaSharp.Model;
using GemmaSharp.Sampling;

namespace GemmaSharp.Benchmarking;

/// <summary>Times prompts and greedy answers of random tokens.</summary>
internal sealed class DecoderBench : IDisposable
{
    private const int FirstPrompt = 16;
    private const int Seed = 7;
    private readonly GemmaEngine _engine;
    private readonly Gemma3nModel _model;
    private readonly ModelState _state;
    private readonly BenchmarkPlan _plan;
    private readonly int[] _ids;
    private readonly float[] _logits;
    private readonly Sampler _sampler = new(new SamplingSettings(Temperature: 0, TopK: 0, TopP: 1, MinP: 0, RepetitionPenalty: 1, PresencePenalty: 0, FrequencyPenalty: 0), Seed);
    private readonly EnergyMeter _energy = new();
    private readonly CancellationToken _cancel;

    public DecoderBench(GemmaEngine engine, BenchmarkPlan plan, CancellationToken cancel)
    {
        long tokens = long.Max(FirstPrompt, plan.MostTokens);
        if (tokens > engine.ContextLength)
        {
            throw new ArgumentException($"the tests need a context of {tokens} tokens, {engine.ContextLength} found; smaller -p, -n, -d or -r, or a larger --ctx is expected");
        }

        _engine = engine;
        _model = engine.Model;
        _state = engine.CreateState(engine.ContextLength);
        _plan = plan;
        _cancel = cancel;
        _logits = new float[_model.Config.Text.VocabSize];
        _ids = RandomIds((int)tokens);
    }

    /// <summary>Computes a short prompt and picks the token after it.</summary>
    public void FirstToken()
    {
        Prefill(0, FirstPrompt);
        _sampler.Next(_logits);
    }

    /// <summary>A row of the time in which the sequence passes from the whole model to a slice; it stays with the slice.</summary>
    public JsonObject Use(string slice, JsonObject row)
    {
        const double milli = 1e3;
        List<double> times = [];
        for (int round = -1; round < _plan.Rounds; round++)
        {
            _state.Use(_model.Whole);
            Prefill(0, FirstPrompt);
            long started = Stopwatch.GetTimestamp();
            _state.Use(_engine.Slices.Find(slice));
            double time = Stopwatch.GetElapsedTime(started).TotalSeconds * milli;
            times.AddRange(round >= 0 ? [time] : []);
        }

        Spread.Of(times).AddTo(row);
        row["unit"] = "ms";
        return row;
    }

    /// <summary>A row of the time for a prompt behind tokens that the cache holds.</summary>
    public JsonObject Prompt(int count, int depth, JsonObject row)
    {
        row["depth"] = depth;
        Measure(row, count, start: () => Prefill(0, depth), () =>
        {
            Prefill(depth, count);
            _sampler.Next(_logits);
        });
        row["first_token_seconds"] = Spread.Rounded(count / (double)row["median"]!);
        return row;
    }

    /// <summary>A row of the time for answers of so many tokens, each behind a prompt and the tokens before it.</summary>
    /// <param name="count">Tokens of an answer.</param>
    /// <param name="parallel">Answers at the same time, a token of each in every pass.</param>
    /// <param name="depth">Tokens before the prompt.</param>
    /// <param name="row">Where the figures go.</param>
    public JsonObject Answer(int count, int parallel, int depth, JsonObject row)
    {
        int start = depth + BenchmarkPlan.AnswerPrompt;
        row["depth"] = depth;
        _state.Clear();
        Prefill(0, start);
        int[][] ids = [.. Enumerable.Range(0, parallel).Select(_ => new int[1])];
        float[][] logits = [.. ids.Select(_ => _logits.ToArray())];
        ModelState[] others = [.. ids.Skip(1).Select(_ => Filled(start))];
        PassItem[] items = [.. ids.Select((id, at) => new PassItem(at == 0 ? _state : others[at - 1], id, logits[at]))];
        Measure(row, count * parallel, start: () =>
        {
            // A window that has moved on does not come back; the answer then follows the one before.
            Array.ForEach(items, item => item.State.TryTruncate(start));
            Draw();
        }, () =>
        {
            for (int step = 0; step < count; step++)
            {
                _model.Forward(items);
                Draw();
            }
        });
        Array.ForEach(others, state => state.Dispose());
        return row;

        void Draw()
        {
            for (int at = 0; at < parallel; at++)
            {
                ids[at][0] = _sampler.Next(logits[at]);
            }
        }
    }

    public void Dispose() => _state.Dispose();

    private ModelState Filled(int count)
    {
        ModelState state = _engine.CreateState(_engine.ContextLength);
        state.Use(_state.Slice);
        Prefill(state, 0, count, _logits);
        return state;
    }

    private void Measure(JsonObject row, int tokens, Action start, Action work)
    {
        List<double> rates = [], joules = [];
        for (int round = -1; round < _plan.Rounds; round++)
        {
            _cancel.ThrowIfCancellationRequested();
            start();
            long[]? energy = _energy.Read();
            long started = Stopwatch.GetTimestamp();
            work();
            double seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
            if (round >= 0)
            {
                rates.Add(tokens / seconds);
                joules.AddRange(_energy.Since(energy) is double used ? [used / tokens] : []);
            }
        }

        Spread.Of(rates).AddTo(row);
        row["unit"] = "tokens/s";
        if (joules.Count > 0)
        {
            row["joules_per_token"] = Spread.Rounded(Spread.Of(joules).Median);
        }
    }

    // The tokens from a position on, in the chunks of a real prompt; from position 0 the cache is emptied.
    private void Prefill(int position, int count)
    {
        if (position == 0)
        {
            _state.Clear();
        }

        Prefill(_state, position, count, _logits);
    }

    private void Prefill(ModelState state, int position, int count, float[] logits)
    {
        for (int done = 0; done < count; done += Sequence.PrefillChunk)
        {
            _cancel.ThrowIfCancellationRequested();
            ReadOnlySpan<int> ids = _ids.AsSpan(position + done, int.Min(Sequence.PrefillChunk, count - done));
            _model.Forward(new ModelInput(ids), state, done + ids.Length == count ? logits : []);
        }
    }

    private int[] RandomIds(int count)
    {
        const int mostControl = 1000;
        int vocabulary = _model.Config.Text.VocabSize, least = int.Min(mostControl, vocabulary / 2);
        Random random = new(Seed);
        int[] ids = new int[count];
        for (int at = 0; at < count; at++)
        {
            int id;
            do
            {
                id = random.Next(least, vocabulary);
            }
            while (_model.IsPlaceholder(id));
            ids[at] = id;
        }

        ids[0] = _model.Config.BosTokenId;
        return ids;
    }
}
