using GemmaSharp.Kernels.KeyValues;
using GemmaSharp.Kernels.Tensors;
using GemmaSharp.Kernels.Threading;
using GemmaSharp.Model.Audio;
using GemmaSharp.Model.Config;
using GemmaSharp.Model.Multimodal;
using GemmaSharp.Model.Text;
using GemmaSharp.Model.Vision;
using GemmaSharp.Weights;

namespace GemmaSharp.Model;

/// <summary>
/// Gemma 3n: the text decoder and, where the checkpoint has them, the image and audio encoders. Passes of several sequences may be asked
/// for from several threads; they run one at a time.
/// </summary>
public sealed class Gemma3nModel : IDisposable
{
    private readonly Lock _gate = new();
    private readonly ThreadTeam _team;
    private readonly PassThreads _threads;
    private readonly TextModel _text;
    private readonly TextScratch _scratch;
    private readonly InputEmbedding _inputs;
    private readonly ImageEncoder? _images;
    private readonly AudioEncoder? _audio;
    private bool _disposed;

    private Gemma3nModel(IWeightSource source, Gemma3nConfig config, ProcessorConfig processor, ThreadTeam team, PassThreads threads, EncoderPolicy encoders)
    {
        WeightScope root = new(source);
        CheckpointNames names = CheckpointNames.Find(root);
        Config = config;
        _team = team;
        _threads = threads;
        _text = TextModel.Load(names.Text, names.Head, config.Text);
        _scratch = new TextScratch(config.Text);
        _images = config.Vision is VisionConfig vision ? ImageEncoder.Load(names, vision, config, processor, encoders, team) : null;
        _audio = config.Audio is AudioConfig audio ? AudioEncoder.Load(names, audio, config, processor, encoders, team) : null;
        _inputs = new InputEmbedding(config, _text, _images?.Embedder, _audio?.Embedder);
        UnusedTensors = root.UnusedNames();
    }

    /// <summary>The config the model was built from.</summary>
    public Gemma3nConfig Config { get; }

    /// <summary>Names of tensors in the checkpoint that no module took.</summary>
    public IReadOnlyList<string> UnusedTensors { get; }

    /// <summary>Whether the model sees.</summary>
    public bool HasVision => _images is not null;

    /// <summary>Whether the model hears.</summary>
    public bool HasAudio => _audio is not null;

    /// <summary>Samples of the longest clip that <see cref="EncodeAudio"/> takes; 0 without an audio encoder.</summary>
    public int MaxAudioSamples => _audio?.MaxSamples ?? 0;

    /// <summary>Bytes that the weights of the encoders hold now.</summary>
    public long EncoderBytes
    {
        get
        {
            lock (_gate)
            {
                return (_images?.TowerBytes ?? 0) + (_audio?.TowerBytes ?? 0);
            }
        }
    }

    /// <summary>Builds the model.</summary>
    /// <param name="source">The weights; it stays in use, for what is read on demand, and belongs to the caller.</param>
    /// <param name="config">What the weights are.</param>
    /// <param name="processor">How pictures and sound are prepared.</param>
    /// <param name="team">Who computes.</param>
    /// <param name="threads">How many of the team; null takes all.</param>
    /// <param name="encoders">When the encoders' weights are in memory.</param>
    /// <exception cref="WeightException">A tensor is missing or has another shape than the config says.</exception>
    public static Gemma3nModel Load(
        IWeightSource source, Gemma3nConfig config, ProcessorConfig processor, ThreadTeam team, PassThreads? threads = null, EncoderPolicy encoders = EncoderPolicy.Lazy) =>
        new(source, config, processor, team, threads ?? new PassThreads(team.Size, team.Size), encoders);

    /// <summary>Whether an id stands for a row of soft tokens.</summary>
    public bool IsPlaceholder(int id) => _inputs.IsPlaceholder(id);

    /// <summary>Soft tokens of a picture, [image soft tokens, hidden].</summary>
    /// <param name="rgb">Bytes [height, width, 3] of the size the processor config asks for.</param>
    /// <param name="width">Pixels.</param>
    /// <param name="height">Pixels.</param>
    /// <param name="tap">Sees the encoder's activations.</param>
    public float[] EncodeImage(ReadOnlySpan<byte> rgb, int width, int height, TensorTap? tap = null)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            _team.Use(_threads.Prefill);
            return (_images ?? throw new NotSupportedException("this model has no image encoder")).Forward(rgb, width, height, tap);
        }
    }

    /// <summary>Soft tokens of a clip of at most one window, [audio soft tokens, hidden], padding rows included.</summary>
    /// <param name="samples">Mono samples at the rate the processor config asks for.</param>
    /// <param name="tap">Sees the encoder's activations.</param>
    public float[] EncodeAudio(ReadOnlySpan<float> samples, TensorTap? tap = null)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            _team.Use(_threads.Prefill);
            return (_audio ?? throw new NotSupportedException("this model has no audio encoder")).Forward(samples, tap);
        }
    }

    /// <summary>A fresh sequence.</summary>
    /// <param name="contextLength">The most tokens it may hold.</param>
    /// <param name="cacheType">How its keys and values are stored.</param>
    public ModelState CreateState(int contextLength, CacheType cacheType = CacheType.F32)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(contextLength);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(contextLength, Config.Text.MaxPositionEmbeddings);
        return new ModelState(Config.Text, contextLength, cacheType);
    }

    /// <summary>Runs tokens at the end of a sequence.</summary>
    /// <param name="input">The tokens.</param>
    /// <param name="state">The sequence; its position advances.</param>
    /// <param name="logits">Empty; or [vocab] for the last token; or [tokens, vocab] with <see cref="ModelInput.AllLogits"/>.</param>
    /// <param name="tap">Sees the decoder's activations.</param>
    public void Forward(ModelInput input, ModelState state, Span<float> logits, TensorTap? tap = null)
    {
        int tokens = input.Ids.Length;
        ArgumentOutOfRangeException.ThrowIfZero(tokens);
        if (state.Position + tokens > state.ContextLength)
        {
            throw new ArgumentException($"{state.Position + tokens} tokens exceed the context of {state.ContextLength}");
        }

        if (!logits.IsEmpty && logits.Length != (input.AllLogits ? tokens : 1) * Config.Text.VocabSize)
        {
            throw new ArgumentException($"room for {logits.Length} logits, {(input.AllLogits ? tokens : 1)} x {Config.Text.VocabSize} expected");
        }

        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            _team.Use(tokens == 1 ? _threads.Decode : _threads.Prefill);
            _scratch.Tokens = tokens;
            Matrix inputs = _scratch.Inputs;
            _inputs.Forward(input, inputs);
            tap?.Invoke("inputs_embeds", [tokens, inputs.ColumnCount], inputs.Values);
            ForwardPass pass = new() { Position = state.Position, Cache = state.Cache, Scratch = _scratch, Team = _team, Tap = tap };
            _text.Forward(input.Ids, pass, logits);
            state.Advance(tokens);
        }
    }

    /// <summary>Waits for a running pass and gives the weights' memory back.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _disposed = true;
            _text.Dispose();
            _images?.Dispose();
            _audio?.Dispose();
        }
    }
}
