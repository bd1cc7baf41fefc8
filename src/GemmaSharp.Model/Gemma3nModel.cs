using GemmaSharp.Kernels.KeyValues;
using GemmaSharp.Kernels.Tensors;
using GemmaSharp.Kernels.Threading;
using GemmaSharp.Model.Audio;
using GemmaSharp.Model.Config;
using GemmaSharp.Model.MatFormer;
using GemmaSharp.Model.Multimodal;
using GemmaSharp.Model.Text;
using GemmaSharp.Model.Vision;
using GemmaSharp.Weights;

namespace GemmaSharp.Model;

/// <summary>
/// Gemma 3n: the text decoder and, where the checkpoint has them, the image and audio encoders. Passes of several sequences may be asked
/// for from several threads; they run one at a time, and between the steps of an encoding.
/// </summary>
public sealed class Gemma3nModel : IDisposable
{
    private readonly IWeightSource _source;

    // The share of an encoding is about the time of a pass beside which it runs.
    private readonly ComputeTurns _turns = new(TimeSpan.FromSeconds(0.1));
    private readonly KeyValueMemory _keysAndValues = new();
    private readonly ThreadTeam _team;
    private readonly PassThreads _threads;
    private readonly TextModel _text;
    private readonly TextScratch _scratch;
    private readonly InputEmbedding _inputs;
    private readonly Encoders _encoders;
    private readonly BackgroundPacking? _packing;
    private bool _disposed;

    private Gemma3nModel(
        IWeightSource source, Gemma3nConfig config, ProcessorConfig processor, ThreadTeam team, PassThreads threads, EncoderPolicy encoders, Func<long>? available)
    {
        WeightScope root = new(source);
        CheckpointNames names = CheckpointNames.Find(root);
        Config = config;
        _source = source;
        _team = team;
        _threads = threads;
        _text = TextModel.Load(names.Text, names.Head, config.Text);
        _scratch = new TextScratch(config.Text);
        ImageEncoder? images = config.Vision is VisionConfig vision ? ImageEncoder.Load(names, vision, config, processor, encoders, team) : null;
        AudioEncoder? sound = config.Audio is AudioConfig audio ? AudioEncoder.Load(names, audio, config, processor, encoders, team) : null;
        _encoders = new Encoders(images, sound, _turns, team, threads.Prefill);
        _inputs = new InputEmbedding(config, _text, images?.Embedder, sound?.Embedder);
        UnusedTensors = root.UnusedNames();
        _packing = available is not null && root.LentMatrices() is { Count: > 0 } lent ? new BackgroundPacking(lent, _turns, available, BackgroundPacking.UsualPatience) : null;
    }

    /// <summary>The config the model was built from.</summary>
    public Gemma3nConfig Config { get; }

    /// <summary>All of the decoder.</summary>
    public ModelSlice Whole => _text.Whole;

    /// <summary>Names of tensors in the checkpoint that no module took.</summary>
    public IReadOnlyList<string> UnusedTensors { get; }

    /// <summary>Whether the model sees.</summary>
    public bool HasVision => _encoders.SeeImages;

    /// <summary>Whether the model hears.</summary>
    public bool HasAudio => _encoders.HearAudio;

    /// <summary>Samples of the longest clip that <see cref="EncodeAudio"/> takes; 0 without an audio encoder.</summary>
    public int MaxAudioSamples => _encoders.MaxAudioSamples;

    /// <summary>Bytes that the weights of the encoders hold now.</summary>
    public long EncoderBytes => _encoders.Bytes;

    /// <summary>Bytes of the keys and values of all sequences, and of those shared beyond them, each counted once.</summary>
    public long KeyValueBytes => _keysAndValues.Bytes;

    /// <summary>Builds the model.</summary>
    /// <param name="source">The weights; it stays in use, for what is read on demand, and belongs to the caller.</param>
    /// <param name="config">What the weights are.</param>
    /// <param name="processor">How pictures and sound are prepared.</param>
    /// <param name="team">Who computes.</param>
    /// <param name="threads">How many of the team; null takes all.</param>
    /// <param name="encoders">When the encoders' weights are in memory.</param>
    /// <param name="available">
    /// Bytes of memory that can be had. With it, matrices in place are packed between the passes, once one has given logits; null leaves them in place.
    /// </param>
    /// <exception cref="WeightException">A tensor is missing or has another shape than the config says.</exception>
    public static Gemma3nModel Load(
        IWeightSource source,
        Gemma3nConfig config,
        ProcessorConfig processor,
        ThreadTeam team,
        PassThreads? threads = null,
        EncoderPolicy encoders = EncoderPolicy.Lazy,
        Func<long>? available = null) => new(source, config, processor, team, threads ?? new PassThreads(team.Size, team.Size), encoders, available);

    /// <summary>Waits until the packing that runs between the passes, if any, is done.</summary>
    /// <returns>How many matrices were packed so.</returns>
    public int AwaitPacking(CancellationToken cancel = default) => _packing?.Wait(cancel) ?? 0;

    /// <summary>Whether an id stands for a row of soft tokens.</summary>
    public bool IsPlaceholder(int id) => _inputs.IsPlaceholder(id);

    /// <summary>Soft tokens of a picture, [image soft tokens, hidden].</summary>
    /// <param name="rgb">Bytes [height, width, 3] of the size the processor config asks for.</param>
    /// <param name="width">Pixels.</param>
    /// <param name="height">Pixels.</param>
    /// <param name="tap">Sees the encoder's activations.</param>
    public float[] EncodeImage(ReadOnlySpan<byte> rgb, int width, int height, TensorTap? tap = null) => _encoders.EncodeImage(rgb, width, height, tap);

    /// <summary>Soft tokens of a clip of at most one window, [audio soft tokens, hidden], padding rows included.</summary>
    /// <param name="samples">Mono samples at the rate the processor config asks for.</param>
    /// <param name="tap">Sees the encoder's activations.</param>
    public float[] EncodeAudio(ReadOnlySpan<float> samples, TensorTap? tap = null) => _encoders.EncodeAudio(samples, tap);

    /// <summary>A slice over this model's weights: nothing is read or copied, so it may be made for every request.</summary>
    /// <exception cref="InvalidDataException">A width falls inside a block of the weights' type; one line says which.</exception>
    public ModelSlice Slice(SlicePlan plan) => _text.Slice(plan);

    /// <summary>A fresh sequence.</summary>
    /// <param name="contextLength">The most tokens it may hold.</param>
    /// <param name="cacheType">How its keys and values are stored.</param>
    /// <param name="slice">What of the model computes it; null for the whole.</param>
    public ModelState CreateState(int contextLength, CacheType cacheType = CacheType.F32, ModelSlice? slice = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(contextLength);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(contextLength, Config.Text.MaxPositionEmbeddings);
        return new ModelState(Config.Text, slice ?? Whole, contextLength, cacheType, _keysAndValues);
    }

    /// <summary>Runs tokens at the end of a sequence.</summary>
    /// <param name="input">The tokens.</param>
    /// <param name="state">The sequence; its position advances.</param>
    /// <param name="logits">Empty; or [vocab] for the last token; or [tokens, vocab] with <see cref="ModelInput.AllLogits"/>.</param>
    /// <param name="tap">Sees the decoder's activations.</param>
    /// <exception cref="WeightException">A file whose weights are multiplied in place, or whose rows are read, is shorter than it was.</exception>
    public void Forward(ModelInput input, ModelState state, Span<float> logits, TensorTap? tap = null)
    {
        Check(input, state, logits.Length);
        using ComputeTurns.Turn turn = _turns.Enter();
        ObjectDisposedException.ThrowIf(_disposed, this);
        _source.RequireLent();
        _scratch.Rows.Clear();
        Add(input, state, logits.Length);
        ChooseThreads();
        _inputs.Forward(input, _scratch.Inputs, _team);
        Run(input.Ids, state.Slice, logits, tap);
        state.Advance(input.Ids.Length);
    }

    /// <summary>Runs tokens of several sequences in one pass: weights are read once for all. Every sequence has the bits that it has alone.</summary>
    /// <param name="items">One of each sequence, all of one slice. When the pass fails, none of them has advanced.</param>
    public void Forward(ReadOnlySpan<PassItem> items)
    {
        Check(items);
        using ComputeTurns.Turn turn = _turns.Enter();
        ObjectDisposedException.ThrowIf(_disposed, this);
        _source.RequireLent();
        RunTogether(items);
    }

    /// <summary>Waits for a running pass and gives the weights' memory back.</summary>
    public void Dispose()
    {
        _packing?.Dispose();
        using ComputeTurns.Turn turn = _turns.Enter();
        _disposed = true;
        _text.Dispose();
        _encoders.Dispose();
    }

    private void RunTogether(ReadOnlySpan<PassItem> items)
    {
        _scratch.Rows.Clear();
        foreach (PassItem item in items)
        {
            Add(item.Input, item.State, item.Logits.Length);
        }

        ChooseThreads();
        Span<int> ids = _scratch.Ids;
        Embed(items, ids);
        Span<float> logits = items.Length == 1 ? items[0].Logits.Span : _scratch.Logits;
        try
        {
            Run(ids, items[0].State.Slice, logits, null);
        }
        catch
        {
            foreach (PassItem item in items)
            {
                item.State.Cache.Truncate(item.State.Position);
            }

            throw;
        }

        foreach (PassItem item in items)
        {
            if (items.Length > 1)
            {
                logits[..item.Logits.Length].CopyTo(item.Logits.Span);
                logits = logits[item.Logits.Length..];
            }

            item.State.Advance(item.Ids.Length);
        }
    }

    private void Check(ModelInput input, ModelState state, int room)
    {
        int tokens = input.Ids.Length;
        ArgumentOutOfRangeException.ThrowIfZero(tokens);
        if (state.Position + tokens > state.ContextLength)
        {
            throw new ArgumentException($"{state.Position + tokens} tokens exceed the context of {state.ContextLength}");
        }

        if (room > 0 && room != (input.AllLogits ? tokens : 1) * Config.Text.VocabSize)
        {
            throw new ArgumentException($"room for {room} logits, {(input.AllLogits ? tokens : 1)} x {Config.Text.VocabSize} expected");
        }
    }

    private void Check(ReadOnlySpan<PassItem> items)
    {
        ArgumentOutOfRangeException.ThrowIfZero(items.Length);
        for (int index = 0; index < items.Length; index++)
        {
            Check(items[index].Input, items[index].State, items[index].Logits.Length);
            if (items[index].State.Slice != items[0].State.Slice)
            {
                throw new ArgumentException("sequences of several slices are in a pass, those of one expected");
            }

            for (int other = 0; other < index; other++)
            {
                if (ReferenceEquals(items[other].State, items[index].State))
                {
                    throw new ArgumentException("a sequence is twice in a pass, once expected");
                }
            }
        }
    }

    private void Add(ModelInput input, ModelState state, int room) =>
        _scratch.Rows.Add(state.Cache, state.Position, input.Ids.Length, room / Config.Text.VocabSize);

    private void Embed(ReadOnlySpan<PassItem> items, Span<int> ids)
    {
        Matrix inputs = _scratch.Inputs;
        int row = 0;
        foreach (PassItem item in items)
        {
            item.Ids.Span.CopyTo(ids[row..]);
            _inputs.Forward(item.Input, inputs.Rows(row, item.Ids.Length), _team);
            row += item.Ids.Length;
        }
    }

    // One token of each sequence is bound by memory, as one of one is.
    private void ChooseThreads() => _team.Use(_scratch.Rows.Count == _scratch.Rows.Segments.Length ? _threads.Decode : _threads.Prefill);

    private void Run(ReadOnlySpan<int> ids, ModelSlice slice, Span<float> logits, TensorTap? tap)
    {
        Matrix inputs = _scratch.Inputs;
        tap?.Invoke("inputs_embeds", [ids.Length, inputs.ColumnCount], inputs.Values);
        _text.Forward(ids, new ForwardPass { Slice = slice, Scratch = _scratch, Team = _team, Tap = tap }, logits);
        if (!logits.IsEmpty)
        {
            _packing?.Begin();
        }
    }
}
