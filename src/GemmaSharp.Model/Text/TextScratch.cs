using GemmaSharp.Kernels.Tensors;
using GemmaSharp.Model.Config;

namespace GemmaSharp.Model.Text;

/// <summary>Every named activation buffer of the text tower, for the tokens of one pass; grows to the largest pass seen.</summary>
internal sealed class TextScratch(TextConfig config)
{
    private readonly Buffer _inputs = new(), _streams = new(), _normed = new(), _laurel = new(), _attended = new();
    private readonly Buffer _mixed = new(), _feedForward = new(), _lowRank = new(), _queries = new(), _keys = new(), _values = new();
    private readonly Buffer _context = new(), _gate = new(), _up = new(), _perLayer = new(), _perLayerProjected = new(), _perLayerGate = new();
    private readonly Buffer _side = new(), _attentionParts = new(), _logits = new();
    private int[] _ids = [];

    /// <summary>Whose tokens the rows of the running pass are.</summary>
    public PassRows Rows { get; } = new();

    /// <summary>Tokens of the running pass.</summary>
    public int Tokens => Rows.Count;

    /// <summary>[tokens]: ids of several sequences.</summary>
    public Span<int> Ids
    {
        get
        {
            if (_ids.Length < Tokens)
            {
                _ids = new int[Tokens];
            }

            return _ids.AsSpan(0, Tokens);
        }
    }

    /// <summary>[tokens, hidden]: embeddings of the pass, before the streams.</summary>
    public Matrix Inputs => _inputs.View(Tokens, config.HiddenSize);

    public Streams Streams => new(_streams.Take(StreamLength), config.AltUpInputCount, Tokens, config.HiddenSize);

    public Matrix Normed => _normed.View(Tokens, config.HiddenSize);

    public Matrix Laurel => _laurel.View(Tokens, config.HiddenSize);

    public Matrix Attended => _attended.View(Tokens, config.HiddenSize);

    public Matrix Mixed => _mixed.View(Tokens, config.HiddenSize);

    public Matrix FeedForward => _feedForward.View(Tokens, config.HiddenSize);

    public Matrix Side => _side.View(Tokens, config.HiddenSize);

    /// <summary>[tokens, laurelRank].</summary>
    public Matrix LowRank(int rank) => _lowRank.View(Tokens, rank);

    /// <summary>[tokens, heads * headDim].</summary>
    public Matrix Queries => _queries.View(Tokens, config.HeadCount * config.HeadDim);

    /// <summary>[tokens, keyValueHeads * headDim].</summary>
    public Matrix Keys => _keys.View(Tokens, config.KeyValueHeadCount * config.HeadDim);

    public Matrix Values => _values.View(Tokens, config.KeyValueHeadCount * config.HeadDim);

    /// <summary>[tokens, heads * headDim]: attention before its output projection.</summary>
    public Matrix Context => _context.View(Tokens, config.HeadCount * config.HeadDim);

    /// <summary>[tokens, intermediate].</summary>
    public Matrix Gate(int width) => _gate.View(Tokens, width);

    public Matrix Up(int width) => _up.View(Tokens, width);

    /// <summary>[tokens, hiddenPerLayer].</summary>
    public Matrix PerLayerGate => _perLayerGate.View(Tokens, config.HiddenSizePerLayerInput);

    /// <summary>[tokens, layers * hiddenPerLayer]: the projection of the inputs.</summary>
    public Matrix PerLayerProjected => _perLayerProjected.View(Tokens, config.LayerCount * config.HiddenSizePerLayerInput);

    /// <summary>[layers, tokens, hiddenPerLayer]: what each layer's gate multiplies by.</summary>
    public Span<float> AllPerLayerInputs(int tokens) => _perLayer.Take(tokens * config.LayerCount * config.HiddenSizePerLayerInput);

    private int StreamLength => config.AltUpInputCount * Tokens * config.HiddenSize;

    /// <summary>[wanted rows, vocab]: logits of several sequences.</summary>
    public Span<float> Logits => _logits.Take(Rows.Wanted * config.VocabSize);

    /// <summary>Room for what attention has of each block of the cache.</summary>
    public Span<float> AttentionParts(int length) => _attentionParts.Take(length);

    private sealed class Buffer
    {
        // Parts of attention grow with a sequence: room for more at once, so that decoding allocates rarely.
        private const int Slack = 1 << 16;
        private float[] _storage = [];

        public Span<float> Take(int length)
        {
            if (_storage.Length < length)
            {
                _storage = new float[length + int.Min(length, Slack)];
            }

            return _storage.AsSpan(0, length);
        }

        public Matrix View(int rows, int columns) => new(Take(rows * columns), rows, columns);
    }
}
