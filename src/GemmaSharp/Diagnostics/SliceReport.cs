using System.Text.Json.Nodes;
using GemmaSharp.Benchmarking;
using GemmaSharp.Loading;
using GemmaSharp.Model;
using GemmaSharp.Model.Config;
using GemmaSharp.Model.MatFormer;
using GemmaSharp.Weights;

namespace GemmaSharp.Diagnostics;

/// <summary>The slices of a model with what each would take and how fast it could be, and what other slices may be like; nothing is loaded.</summary>
internal sealed class SliceReport
{
    private readonly ModelFiles _files;
    private readonly SliceReportOptions _options;
    private readonly double? _bandwidth;
    private readonly long _wholeBytes;

    private SliceReport(ModelFiles files, SliceReportOptions options)
    {
        _files = files;
        _options = options;
        _bandwidth = options.Probes ? BandwidthProbe.Measure(options.Threads == 0 ? Environment.ProcessorCount : options.Threads).Median : null;
        _wholeBytes = TokenBytesOf(files.Source, files.Config.Text);
    }

    /// <summary>Sections of facts: the model, what is legal, how speed was estimated, and a row for every slice.</summary>
    /// <exception cref="InvalidDataException">No model there, a malformed table, or a slice in words that does not fit.</exception>
    /// <exception cref="WeightException">The weights are malformed.</exception>
    public static JsonObject Of(string path, SliceReportOptions options)
    {
        using ModelFiles files = ModelFiles.Open(path, options.Projector);
        SliceCatalog catalog = ModelSlices.Catalog(path, files.Config.Text, options.Table);
        SliceReport report = new(files, options);
        return new JsonObject
        {
            ["path"] = path,
            ["model"] = report.Model(catalog),
            ["legal"] = report.Legal(),
            ["estimates"] = report.Estimates(),
            ["slices"] = Inspection.List(report.Rows(catalog), row => row),
        };
    }

    /// <summary>One slice: the facts that hold without a model too.</summary>
    public static JsonObject Row(MatFormerSlice slice) => new()
    {
        ["name"] = slice.Name,
        ["layers"] = slice.IntermediateSizes.Count,
        ["effective_billions"] = slice.EffectiveBillions,
        ["accuracy"] = slice.Accuracy.Length > 0 ? slice.Accuracy : null,
        ["intermediate_size"] = Inspection.List(slice.IntermediateSizes, width => width),
        ["layers_skipped"] = Inspection.List(slice.SkippedLayers, layer => layer),
    };

    private JsonObject Model(SliceCatalog catalog)
    {
        ParameterCount count = ParameterCount.Of(_files.Config.Text);
        return new JsonObject
        {
            ["num_hidden_layers"] = _files.Config.Text.LayerCount,
            ["intermediate_size"] = Inspection.List(_files.Config.Text.IntermediateSizes, width => width),
            ["effective_parameters"] = count.Effective,
            ["parameters"] = count.Total,
            ["table"] = catalog.Table?.Path,
        };
    }

    private JsonObject Legal()
    {
        LegalSlices legal = LegalSlices.Of(_files.Source, _files.Config.Text);
        return new JsonObject
        {
            ["widths_multiple_of"] = legal.WidthMultiple,
            ["layers_that_may_be_skipped"] = Inspection.List(legal.Skippable, layer => layer),
            ["layers_that_give_keys_and_values"] = Inspection.List(legal.Donors, layer => layer),
            ["written_like"] = SliceSpec.Example,
        };
    }

    private JsonObject Estimates() => new()
    {
        ["memory"] = $"at most, with a context of {_options.ContextLength} tokens and both encoders in use",
        ["speed"] = _bandwidth is double rate
            ? FormattableString.Invariant($"tokens a second that memory allows: {rate / 1e9:0.0} GB/s measured here, over the bytes of a token; the cache is not counted")
            : "decoding against the whole model, as its bytes of a token over the slice's; --probe measures this machine",
    };

    private IEnumerable<JsonObject> Rows(SliceCatalog catalog)
    {
        if (_options.Slice is string wanted)
        {
            return [Row(catalog.Find(wanted))];
        }

        List<JsonObject> rows = [];
        bool isListed = false;
        foreach (string name in catalog.Names)
        {
            try
            {
                SlicePlan plan = catalog.Find(name);
                isListed |= plan.IsWhole;
                rows.Add(Row(plan));
            }
            catch (Exception error) when (error is InvalidDataException or WeightException)
            {
                JsonObject row = Row(new MatFormerSlice(name, [], []));
                Fill(row, null, null, error.Message);
                rows.Add(row);
            }
        }

        return isListed ? rows : rows.Prepend(Row(catalog.Whole));
    }

    private JsonObject Row(SlicePlan plan)
    {
        SlicedWeights source = new SlicedWeights(_files.Source, plan);
        Gemma3nConfig config = _files.Config with { Text = plan.Config };
        MemoryEstimate memory = MemoryEstimate.Of(source, config, int.Min(_options.ContextLength, config.Text.MaxPositionEmbeddings), CacheChoice.Of(null, source));
        JsonObject row = Row(plan.Slice);
        Fill(row, memory, TokenBytesOf(source, plan.Config), problem: null);
        ParameterCount count = ParameterCount.Of(plan.Config);
        row["effective_parameters"] = count.Effective;
        row["parameters"] = count.Total;
        return row;
    }

    // Every row has the same facts, so that they make one table.
    private void Fill(JsonObject row, MemoryEstimate? memory, long? tokenBytes, string? problem)
    {
        row["effective_parameters"] = null;
        row["parameters"] = null;
        row["weight_bytes"] = memory?.Weights;
        row["memory_bytes"] = memory?.Total;
        row["bytes_per_token"] = tokenBytes;
        row[_bandwidth is null ? "relative_speed" : "tokens_per_second"] = tokenBytes is long bytes ? double.Round((_bandwidth ?? _wholeBytes) / bytes, 2) : null;
        row["problem"] = problem;
    }

    private static long TokenBytesOf(IWeightSource source, TextConfig config) => TokenBytes.Of(source, ModelMemory.Unused(source, config));
}

/// <summary>What a report of slices is made with.</summary>
internal sealed record SliceReportOptions
{
    /// <summary>A table; null for that of the model.</summary>
    public string? Table { get; init; }

    /// <summary>The only slice to tell of, by name or in words; null for all of the table.</summary>
    public string? Slice { get; init; }

    /// <summary>The projector of a GGUF model; null for one beside it.</summary>
    public string? Projector { get; init; }

    /// <summary>Tokens of the conversation that memory is told for.</summary>
    public int ContextLength { get; init; } = 4096;

    /// <summary>Whether the memory's speed is measured.</summary>
    public bool Probes { get; init; }

    /// <summary>Threads that read while it is; 0 for all processors.</summary>
    public int Threads { get; init; }
}
