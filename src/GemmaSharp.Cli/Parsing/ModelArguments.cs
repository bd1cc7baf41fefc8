using System.CommandLine;
using GemmaSharp.Cli.Hub;
using GemmaSharp.Hub;

namespace GemmaSharp.Cli.Parsing;

/// <summary>Which model is loaded and how: the options that every command with a model shares.</summary>
/// <param name="manyThreads">Whether --threads takes several numbers.</param>
internal sealed class ModelArguments(bool manyThreads = false)
{
    private const int MostThreads = 1024;
    private readonly Option<string?> _model = ModelChoice.CreateOption("folder of the model, GGUF or UQFF file; the pocket model when left out");
    private readonly Option<string?> _hub = new("-hf", "--hf-repo") { HelpName = "OWNER/REPO[:QUANT]", Description = "a model of the Hugging Face hub, fetched into its cache when it is not there" };
    private readonly Option<string?> _hubFile = new("--hf-file") { HelpName = "NAME", Description = "a file of the hub's repository" };
    private readonly Option<string?> _projector = new("--mmproj") { HelpName = "FILE", Description = "projector of a GGUF model, with its image and audio encoders; one beside the model is found by itself" };
    private readonly SliceArguments _slice = new();
    private readonly Option<string?> _quantization = QuantizationOption.Create();
    private readonly Option<string?> _encoders = new("--encoders") { HelpName = "keep|lazy|drop", Description = "weights of the image and audio encoders: in memory from the start, from the first picture or sound on, or only while one is encoded; lazy when left out" };
    private readonly Option<string?> _encoderQuantization = new("--quantize-encoders") { HelpName = "q8_0", Description = "quantise the image and audio encoders when they are read" };
    private readonly Option<bool> _map = new("--mmap") { Description = "read weights from mappings of the files; a file must not be shortened meanwhile" };
    private readonly Option<string?> _weights = new("--weights") { HelpName = "auto|packed|in-place", Description = "where large Q8_0 matrices of a GGUF file are multiplied: packed (copied at load, which answers faster), in-place (from a mapping of the file, which starts faster and must stay as it is meanwhile), or auto, the default: in place at first, packed while nothing is computed or after a minute; with --memory it stays in place (in serve packed), on network drives it is packed" };
    private readonly Option<bool> _unchecked = new("--no-memory-check") { Description = "load the model even where it seems to need more memory than there is" };
    private readonly Option<int?> _context = NumberOption.Create("--ctx", ["-c"], 1, int.MaxValue, "the most tokens of the conversation; the model's limit when left out");
    private readonly Option<string?> _cacheType = new("--cache-type") { HelpName = "TYPE", Description = "cache keys and values as f32, f16, bf16 or q8_0; f16 for quantised weights, f32 for floats when left out" };
    private readonly Option<int?> _threads = NumberOption.Create("--threads", ["-t"], 0, MostThreads, "threads that compute; 0 takes all processors");
    private readonly Option<int[]> _threadCounts = NumberListOption.Create("--threads", "-t", 0, MostThreads, [0], "threads that compute, one number after the other; 0 takes all processors");
    private readonly Option<int?> _batchThreads = NumberOption.Create("--threads-batch", ["-tb"], 0, MostThreads, "threads for prompts, pictures and sounds; as --threads when left out");

    public void AddTo(Command command)
    {
        foreach (Option option in (Option[])[_model, _hub, _hubFile, _projector, _quantization, _encoders, _encoderQuantization, _map, _weights, _unchecked, _context, _cacheType, manyThreads ? _threadCounts : _threads, _batchThreads])
        {
            command.Options.Add(option);
        }

        _slice.AddTo(command);
    }

    /// <summary>The model of -m, of the hub, or the pocket model; what the hub has and the cache lacks is fetched.</summary>
    public async Task<ModelChoice> ChooseAsync(ParseResult parsed)
    {
        string? model = parsed.GetValue(_model), repository = parsed.GetValue(_hub), file = parsed.GetValue(_hubFile), projector = parsed.GetValue(_projector);
        if (repository is null)
        {
            return file is null ? ModelChoice.From(model) with { Projector = projector } : throw new ArgumentException("--hf-file names a file of a repository; -hf OWNER/REPO is missing");
        }

        if (model is not null)
        {
            throw new ArgumentException("-m and -hf both name a model, one expected");
        }

        using Interrupt interrupt = new(secondEnds: true);
        HubModel fetched = await DownloadProgress.FetchAsync(HubReference.Parse(repository), file, interrupt.Token).ConfigureAwait(false);
        return ModelChoice.From(fetched.Path) with { Projector = projector ?? fetched.Projector };
    }

    /// <summary>The numbers of threads wanted, one after the other.</summary>
    public int[] Threads(ParseResult parsed) => manyThreads ? parsed.GetValue(_threadCounts) ?? [] : [parsed.GetValue(_threads) ?? 0];

    /// <summary>Loads the model for work that asks for no other slice than --slice.</summary>
    public GemmaEngine Load(ModelChoice model, ParseResult parsed) => GemmaEngine.Load(model.Path, SliceArguments.RequireOne(ReadOptions(model, parsed)));

    /// <summary>Says what was chosen for the user; said once it works, so that an error stands alone.</summary>
    public static void Say(GemmaEngine engine, Screen screen)
    {
        if (engine.Choice is string choice)
        {
            screen.Notice(choice);
        }
    }

    public EngineOptions ReadOptions(ModelChoice model, ParseResult parsed) => _slice.ReadInto(parsed, new EngineOptions
    {
        Threads = Threads(parsed)[0],
        PrefillThreads = parsed.GetValue(_batchThreads),
        ContextLength = parsed.GetValue(_context),
        CacheType = parsed.GetValue(_cacheType),
        Projector = model.Projector,
        Quantization = parsed.GetValue(_quantization),
        Encoders = parsed.GetValue(_encoders),
        EncoderQuantization = parsed.GetValue(_encoderQuantization),
        MapFiles = parsed.GetValue(_map),
        Weights = parsed.GetValue(_weights),
        ChecksMemory = !parsed.GetValue(_unchecked),
    });
}
