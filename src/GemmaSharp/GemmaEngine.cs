using GemmaSharp.Generation;
using GemmaSharp.Generation.Drafting;
using GemmaSharp.Kernels.KeyValues;
using GemmaSharp.Kernels.Threading;
using GemmaSharp.Loading;
using GemmaSharp.Model;
using GemmaSharp.Model.Config;
using GemmaSharp.Model.InPlace;
using GemmaSharp.Model.MatFormer;
using GemmaSharp.Prefixes;
using GemmaSharp.Prompting;
using GemmaSharp.Sampling;
using GemmaSharp.Weights;

namespace GemmaSharp;

/// <summary>A loaded Gemma 3n. It serves any number of sessions, at the same time if wanted.</summary>
public sealed class GemmaEngine : IDisposable
{
    private readonly ThreadTeam _team;
    private readonly Lazy<PromptBuilder> _prompts;

    private GemmaEngine(ModelFiles files, Lazy<SliceCatalog> slices, EngineOptions options)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(options.Threads, nameof(options));
        ArgumentOutOfRangeException.ThrowIfNegative(options.PrefillThreads ?? 0, nameof(options));
        ArgumentOutOfRangeException.ThrowIfNegative(options.PrefixCacheBytes ?? 0, nameof(options));
        PassThreads threads = new(OrProcessors(options.Threads), OrProcessors(options.PrefillThreads ?? options.Threads));
        _team = new ThreadTeam(threads.Most);
        try
        {
            Files = files;
            Weights = InPlaceType.Parse(options.Quantization, options.EncoderQuantization) is InPlaceType type ? new QuantizedWeights(files.Source, type, _team) : files.Source;
            CacheType = CacheChoice.Of(options.CacheType, Weights);
            EncoderPolicy encoders = ReadPolicy(options.Encoders ?? "lazy");
            ContextLength = options.ContextLength ?? files.Config.Text.MaxPositionEmbeddings;
            if (ContextLength < 1 || ContextLength > files.Config.Text.MaxPositionEmbeddings)
            {
                throw new ArgumentException($"a context of {ContextLength} tokens, 1 to {files.Config.Text.MaxPositionEmbeddings} expected");
            }

            if (options.ChecksMemory)
            {
                new MemoryCheck(files.Config, _team, CacheType, AvailableMemory.Bytes()).Require(Weights, options);
            }

            Model = Gemma3nModel.Load(Weights, files.Config, files.Processor, _team, threads, encoders, WeightsChoice.PacksLater(options) ? AvailableMemory.Bytes : null);
            Passes = new SharedPasses(Model);
            Slices = new EngineSlices(Model, slices, options.Slice);
            _ = files.OwnTokenizer;
            Media = new MediaEncoder(Model, files.Processor, MediaLimits.From(options));
            Grammars = new AnswerGrammars(files);
            Prefixes = options.PrefixCacheBytes is 0 ? null : new PrefixCache(options.PrefixCacheBytes ?? PrefixCache.UsualBytes(AvailableMemory.Bytes()));
            Draft = Drafters.Checked(options.Draft, Slices);
            _prompts = new Lazy<PromptBuilder>(() => new PromptBuilder(files));
        }
        catch
        {
            _team.Dispose();
            throw;
        }
    }

    /// <summary>The most tokens of a conversation, answer included.</summary>
    public int ContextLength { get; }

    /// <summary>What was chosen where the options left it open, in one line; null where nothing was.</summary>
    public string? Choice { get; private init; }

    internal ModelFiles Files { get; }

    /// <summary>The weights as the model took them.</summary>
    internal IWeightSource Weights { get; }

    internal Gemma3nModel Model { get; }

    /// <summary>The passes of all answers.</summary>
    internal SharedPasses Passes { get; }

    /// <summary>Slices of the model that requests may ask for.</summary>
    internal EngineSlices Slices { get; }

    /// <summary>How the keys and values of conversations are cached.</summary>
    internal CacheType CacheType { get; }

    internal MediaEncoder Media { get; }

    internal AnswerGrammars Grammars { get; }

    /// <summary>What conversations left for others that begin alike; null where none is kept.</summary>
    internal PrefixCache? Prefixes { get; }

    /// <summary>Bytes of the keys and values of all conversations and of what they left, each block counted once.</summary>
    internal long KeyValueBytes => Model.KeyValueBytes;

    /// <summary>How answers are drafted that do not say it themselves.</summary>
    internal DraftOptions Draft { get; }

    internal PromptBuilder Prompts => _prompts.Value;

    internal TextTokens Tokens => new(Files.Tokenizer);

    internal string? TemplateSource => Files.Template?.Source;

    internal bool HasVision => Model.HasVision;

    internal bool HasAudio => Model.HasAudio;

    /// <summary>Names that <see cref="GenerationOptions.Slice"/> may bear, the whole model's first; beside them any slice in words, unless the model was loaded as one.</summary>
    public IReadOnlyList<string> SliceNames => Slices.Names;

    /// <summary>Tensors of the checkpoint that the model has no use for.</summary>
    internal IReadOnlyList<string> UnusedTensors => Model.UnusedTensors;

    /// <summary>Loads a model from a Hugging Face folder (config.json, tokenizer.json, safetensors and the files beside them) or from a GGUF file.</summary>
    /// <param name="path">The folder or file.</param>
    /// <param name="options">Threads and context; null takes all processors and the model's own limit.</param>
    /// <exception cref="ArgumentException">Options outside their range.</exception>
    /// <exception cref="InvalidDataException">A file is missing or malformed; one line says which.</exception>
    /// <exception cref="WeightException">The weights are malformed or do not fit the config.</exception>
    /// <exception cref="InsufficientMemoryException">The model needs more memory than can be had.</exception>
    public static GemmaEngine Load(string path, EngineOptions? options = null)
    {
        EngineOptions chosen = options ?? new EngineOptions();
        ModelFiles files = ModelFiles.Open(path, chosen.Projector, chosen.MapFiles, WeightsChoice.InPlace(chosen.Weights, path));
        try
        {
            TextConfig whole = files.Config.Text;
            Lazy<SliceCatalog> slices = new(() => ModelSlices.Catalog(path, whole, chosen.MatFormerTable));
            LoadPlan plan = LoadPlan.Make(path, files, chosen);
            SlicePlan? slice = plan.Slice is { IsWhole: false } some ? some : null;
            files = slice is null ? files : files.Sliced(slice);
            return new GemmaEngine(files, slices, plan.Options with { Slice = slice?.Name }) { Choice = plan.Notice };
        }
        catch
        {
            files.Dispose();
            throw;
        }
    }

    /// <summary>A new conversation; its cache grows with it and is its own.</summary>
    /// <exception cref="InvalidDataException">The model's folder holds no tokenizer.</exception>
    public ChatSession CreateSession()
    {
        _ = Prompts;
        return new ChatSession(this);
    }

    /// <summary>Checks the name or words of a slice before anything is asked of it.</summary>
    /// <exception cref="InvalidDataException">There is no such slice, or it does not fit the model; one line says why.</exception>
    public void CheckSlice(string? slice) => Slices.Find(slice);

    /// <summary>Whether a slice of the table fits the model.</summary>
    internal bool HasSlice(string name)
    {
        try
        {
            CheckSlice(name);
            return true;
        }
        catch (InvalidDataException)
        {
            return false;
        }
    }

    /// <summary>A fresh sequence of at most so many tokens.</summary>
    internal ModelState CreateState(int contextLength) => Model.CreateState(contextLength, CacheType);

    /// <summary>Waits for the pass that runs, if any, and gives all memory back; sessions still answering end with <see cref="ObjectDisposedException"/>.</summary>
    public void Dispose()
    {
        Prefixes?.Dispose();
        Model.Dispose();
        Files.Dispose();
        _team.Dispose();
    }

    private static int OrProcessors(int threads) => threads == 0 ? Environment.ProcessorCount : threads;

    private static EncoderPolicy ReadPolicy(string name) => Enum.TryParse(name, ignoreCase: true, out EncoderPolicy policy) && Enum.IsDefined(policy)
        ? policy
        : throw new ArgumentException($"encoders: '{name}' found, keep, lazy or drop expected");
}
