using System.Diagnostics;
using System.Text.Json.Nodes;
using GemmaSharp.Loading;

namespace GemmaSharp.Benchmarking;

/// <summary>Loads a model and measures it; every figure is a row of names and values.</summary>
internal sealed class Benchmark
{
    private readonly BenchmarkPlan _plan;
    private readonly Func<int, GemmaEngine> _load;
    private readonly CancellationToken _cancel;
    private readonly PeakMemory _memory = new();
    private readonly JsonArray _rows = [];

    private Benchmark(BenchmarkPlan plan, Func<int, GemmaEngine> load, CancellationToken cancel)
    {
        _plan = plan;
        _load = load;
        _cancel = cancel;
    }

    /// <summary>Measures.</summary>
    /// <param name="plan">What.</param>
    /// <param name="load">Loads the model for a number of threads.</param>
    /// <param name="cancel">Stops between two rounds.</param>
    /// <exception cref="ArgumentException">The tests need a longer context than the model was given.</exception>
    /// <exception cref="InvalidDataException">The model lacks an encoder.</exception>
    public static JsonArray Run(BenchmarkPlan plan, Func<int, GemmaEngine> load, CancellationToken cancel = default)
    {
        Benchmark benchmark = new(plan, load, cancel);
        foreach (int threads in plan.Threads)
        {
            benchmark.Measure(threads == 0 ? Environment.ProcessorCount : threads);
        }

        benchmark._rows.Add((JsonNode)new JsonObject { ["test"] = "memory", ["peak_rss_bytes"] = benchmark._memory.Bytes });
        return benchmark._rows;
    }

    private void Measure(int threads)
    {
        List<JsonObject> answers = [];
        using (GemmaEngine engine = Load(threads, out DecoderBench decoder))
        using (decoder)
        {
            Measure(decoder, TokenBytes.Of(engine, EngineSlices.Whole), row => row, threads, answers);
            foreach (string slice in _plan.Slices)
            {
                _rows.Add((JsonNode)decoder.Use(slice, Named(Row("switch", threads))));
                Measure(decoder, TokenBytes.Of(engine, slice), Named, threads, answers);

                JsonObject Named(JsonObject row)
                {
                    row["slice"] = slice;
                    return row;
                }
            }

            Encode(engine, threads);
        }

        _memory.Stop();
        AddLimit(threads, answers);
        PeakMemory.Go();
    }

    private void Measure(DecoderBench decoder, long bytes, Func<JsonObject, JsonObject> named, int threads, List<JsonObject> answers)
    {
        foreach (int depth in _plan.Depths)
        {
            foreach (int count in _plan.Prompts)
            {
                _rows.Add((JsonNode)decoder.Prompt(count, depth, named(Row($"pp{count}", threads))));
            }

            foreach ((int count, int parallel) in _plan.Answers.SelectMany(count => _plan.Parallel.Select(parallel => (count, parallel))))
            {
                JsonObject row = decoder.Answer(count, parallel, depth, named(Row(parallel == 1 ? $"tg{count}" : $"tg{count}@{parallel}", threads)));
                _rows.Add((JsonNode)row);
                if (parallel == 1)
                {
                    row["bytes_per_token"] = bytes;
                    answers.Add(row);
                }
            }
        }
    }

    // To the first token from nothing: of the program's start too, where this model is the first.
    private GemmaEngine Load(int threads, out DecoderBench decoder)
    {
        bool isFirst = _rows.Count == 0;
        long started = Stopwatch.GetTimestamp();
        GemmaEngine engine = _load(threads);
        try
        {
            MediaBench.Check(_plan, engine);
            decoder = new DecoderBench(engine, _plan, _cancel);
            decoder.FirstToken();
        }
        catch
        {
            engine.Dispose();
            throw;
        }

        JsonObject row = Row("load", threads);
        row["seconds"] = Spread.Rounded(Stopwatch.GetElapsedTime(started).TotalSeconds);
        if (isFirst)
        {
            using Process process = Process.GetCurrentProcess();
            row["since_start_seconds"] = Spread.Rounded((DateTime.Now - process.StartTime).TotalSeconds);
        }

        _rows.Add((JsonNode)row);
        Settle(engine, threads);
        return engine;
    }

    // What follows is measured in the state that lasts.
    private void Settle(GemmaEngine engine, int threads)
    {
        long started = Stopwatch.GetTimestamp();
        if (engine.Model.AwaitPacking(_cancel) is > 0 and int packed)
        {
            JsonObject row = Row("packing", threads);
            row["matrices"] = packed;
            row["seconds"] = Spread.Rounded(Stopwatch.GetElapsedTime(started).TotalSeconds);
            _rows.Add((JsonNode)row);
        }
    }

    private void Encode(GemmaEngine engine, int threads)
    {
        MediaBench media = new(engine, _plan.Rounds, _cancel);
        if (_plan.Image)
        {
            _rows.Add((JsonNode)media.Image(Row("image", threads)));
        }

        if (_plan.Audio)
        {
            _rows.Add((JsonNode)media.Audio(Row("audio", threads)));
        }
    }

    // A token's weights pass through the processor once; memory gives them no faster than a plain sum reads.
    private void AddLimit(int threads, List<JsonObject> answers)
    {
        Spread limit = BandwidthProbe.Measure(threads);
        foreach (JsonObject answer in answers)
        {
            answer["bandwidth_share"] = Spread.Rounded((double)answer["median"]! * (long)answer["bytes_per_token"]! / limit.Median);
        }

        const double giga = 1e9;
        JsonObject row = Row("bandwidth", threads);
        new Spread(limit.Min / giga, limit.Median / giga, limit.Max / giga).AddTo(row);
        row["unit"] = "GB/s";
        _rows.Add((JsonNode)row);
    }

    private static JsonObject Row(string test, int threads) => new() { ["test"] = test, ["threads"] = threads };
}
