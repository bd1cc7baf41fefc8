using GemmaSharp.Model;
using GemmaSharp.Model.Config;
using GemmaSharp.Weights.Importance;

namespace GemmaSharp.Diagnostics;

/// <summary>Sums the squares of what goes into the decoder's matrices while a text is read, for quantisers to weigh columns by.</summary>
internal sealed class ImportanceCollector
{
    private readonly Dictionary<string, Tally> _byInput = [];

    private ImportanceCollector(TextConfig config)
    {
        for (int layer = 0; layer < config.LayerCount; layer++)
        {
            // The inputs as the decoder's taps name them; layers that share keys and values have no matrices for them.
            Watch("attn_normed_in", layer, layer < config.FirstSharedLayer ? ["attn_q", "attn_k", "attn_v"] : ["attn_q"]);
            Watch("attn_context", layer, ["attn_output"]);
            Watch("mlp_in", layer, ["ffn_gate", "ffn_up"]);
            Watch("mlp_hidden", layer, ["ffn_down"]);
            Watch("side_in", layer, ["inp_gate"]);
            Watch("side_hidden", layer, ["proj"]);
        }
    }

    /// <summary>Reads windows of text.</summary>
    /// <param name="engine">The model.</param>
    /// <param name="windows">Windows of token ids.</param>
    /// <param name="dataset">The text's name.</param>
    /// <param name="progress">Told the windows read.</param>
    /// <param name="cancel">Stops.</param>
    public static ImportanceMatrix Collect(GemmaEngine engine, IReadOnlyList<int[]> windows, string dataset, Action<int>? progress = null, CancellationToken cancel = default)
    {
        ImportanceCollector collector = new(engine.Model.Config.Text);
        using ModelState state = engine.CreateState(windows[0].Length);
        for (int window = 0; window < windows.Count; window++)
        {
            cancel.ThrowIfCancellationRequested();
            state.Clear();
            engine.Model.Forward(new ModelInput(windows[window]), state, [], collector.Observe);
            progress?.Invoke(window + 1);
        }

        return new ImportanceMatrix(collector.Entries()) { Datasets = [dataset], ChunkCount = windows.Count, ChunkSize = windows[0].Length };
    }

    /// <summary>The same, to a file.</summary>
    /// <param name="engine">The model.</param>
    /// <param name="windows">Windows of token ids.</param>
    /// <param name="dataset">The text's name.</param>
    /// <param name="output">GGUF file to write.</param>
    /// <param name="progress">Told the windows read.</param>
    /// <param name="cancel">Stops; nothing is written then.</param>
    public static void Write(GemmaEngine engine, IReadOnlyList<int[]> windows, string dataset, string output, Action<int>? progress, CancellationToken cancel) =>
        Collect(engine, windows, dataset, progress, cancel).Write(output);

    private void Watch(string input, int layer, string[] matrices) =>
        _byInput.Add($"{input}.{layer}", new Tally([.. matrices.Select(matrix => $"blk.{layer}.{matrix}.weight")]));

    private void Observe(string name, ReadOnlySpan<int> shape, ReadOnlySpan<float> values)
    {
        if (_byInput.TryGetValue(name, out Tally? tally))
        {
            tally.Add(values, shape[^1]);
        }
    }

    private Dictionary<string, ImportanceEntry> Entries() =>
        _byInput.Values.SelectMany(tally => tally.Matrices.Select(name => (name, tally.Entry))).ToDictionary(pair => pair.name, pair => pair.Entry);

    private sealed class Tally(string[] matrices)
    {
        private double[] _sums = [];
        private long _rows;

        public string[] Matrices => matrices;

        public ImportanceEntry Entry => new(Array.ConvertAll(_sums, sum => (float)sum), _rows);

        public void Add(ReadOnlySpan<float> values, int columns)
        {
            _sums = _sums.Length == 0 ? new double[columns] : _sums;
            for (int start = 0; start < values.Length; start += columns)
            {
                ReadOnlySpan<float> row = values.Slice(start, columns);
                for (int column = 0; column < columns; column++)
                {
                    _sums[column] += (double)row[column] * row[column];
                }
            }

            _rows += values.Length / columns;
        }
    }
}
