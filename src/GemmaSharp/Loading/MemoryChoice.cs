using System.Globalization;
using GemmaSharp.Kernels.KeyValues;
using GemmaSharp.Kernels.Threading;
using GemmaSharp.Model;
using GemmaSharp.Model.Config;
using GemmaSharp.Model.InPlace;
using GemmaSharp.Model.MatFormer;
using GemmaSharp.Prefixes;
using GemmaSharp.Weights;

namespace GemmaSharp.Loading;

/// <summary>
/// Chooses what of a model fits into so much memory: the largest slice that leaves room for a conversation of usual length, and for that
/// length what costs nothing first (encoders kept, their usual cache type), then encoders that are dropped, then a smaller cache; what is left
/// goes into the context, a quarter of it and what the longest context leaves into keys and values kept for prompts that begin alike.
/// </summary>
/// <param name="files">The whole model.</param>
/// <param name="options">What is fixed already.</param>
/// <param name="limit">Bytes.</param>
internal sealed class MemoryChoice(ModelFiles files, EngineOptions options, long limit)
{
    private const int ContextStep = 256;
    private const string Lazy = "lazy";
    private const string Drop = "drop";

    // What reading a vocabulary leaves to be collected, which the runtime gives back late; measured with 262144 pieces.
    private const int PieceBytes = 400;
    private const long Garbage = 32L << 20;

    // Of an answer, each a float for every token: its logits, a pass's copy, and two while candidates are sorted.
    private const int LogitRows = 4;

    // What is left goes into the context but for this part, where it is left open how much is kept for prompts that begin alike.
    private const int PrefixShare = 4;
    private static readonly int[] LeastContexts = [4096, 1024, ContextStep];
    private readonly MediaBounds _media = MediaBounds.Within(limit, options);

    /// <summary>Chooses among slices.</summary>
    /// <exception cref="ArgumentException">The options cannot be held to.</exception>
    /// <exception cref="InsufficientMemoryException">None fits.</exception>
    public LoadPlan Make(IEnumerable<SlicePlan> slices)
    {
        if (options.MapFiles)
        {
            throw new ArgumentException("a limit of memory and files read from mappings, whose pages nobody bounds, exclude one another");
        }

        ArgumentOutOfRangeException.ThrowIfLessThan(options.Conversations, 1, nameof(options));
        using ThreadTeam names = new(1);
        SlicePlan[] largestFirst = [.. slices.OrderByDescending(slice => ParameterCount.Of(slice.Config).Effective)];
        int most = options.ContextLength ?? files.Config.Text.MaxPositionEmbeddings;
        foreach (int least in options.ContextLength is int fixedContext ? [fixedContext] : LeastContexts.Select(one => int.Min(one, most)).Distinct())
        {
            foreach (SlicePlan slice in largestFirst)
            {
                IWeightSource source = View(slice, names);
                foreach ((CacheType cache, string encoders) in Ways(source))
                {
                    if (Peak(source, slice, cache, encoders, least) <= limit)
                    {
                        return Plan(source, slice, cache, encoders, least, most);
                    }
                }
            }
        }

        throw TooLittle(largestFirst[^1], names);
    }

    private LoadPlan Plan(IWeightSource source, SlicePlan slice, CacheType cache, string encoders, int least, int most)
    {
        long prefixes = options.PrefixCacheBytes is null ? (limit - Peak(source, slice, cache, encoders, least)) / PrefixShare : 0;
        int context = least;
        while (context < most && Peak(source, slice, cache, encoders, int.Min(context + ContextStep, most)) + prefixes <= limit)
        {
            context = int.Min(context + ContextStep, most);
        }

        long peak = Peak(source, slice, cache, encoders, context);
        prefixes = options.PrefixCacheBytes ?? PrefixCache.Bounded(limit - peak);
        peak += options.PrefixCacheBytes is null ? prefixes : 0;
        string kept = prefixes == 0 ? "" : $", {MemoryEstimate.Text(prefixes)} for prompts that begin alike";
        string notice = string.Create(
            CultureInfo.InvariantCulture,
            $"within {MemoryEstimate.Text(limit)} of memory: {LoadPlan.Named(slice)}, a context of {context} tokens cached as {cache}{Media(encoders)}{kept}; at most {MemoryEstimate.Text(peak)} will be held");
        EngineOptions chosen = options with
        {
            CacheType = cache.ToString(), ContextLength = context, Encoders = encoders, MaxImagePixels = _media.Pixels, MaxAudioSeconds = _media.Seconds, PrefixCacheBytes = prefixes,
        };
        return new LoadPlan(chosen, slice.IsWhole ? null : slice, notice);
    }

    private string Media(string encoders) => files.Config.Vision is null && files.Config.Audio is null
        ? ""
        : string.Create(CultureInfo.InvariantCulture, $", encoders {encoders}, pictures up to {_media.Pixels} pixels, sounds up to {_media.Seconds} seconds");

    private long Peak(IWeightSource source, SlicePlan slice, CacheType cache, string encoders, int context)
    {
        Gemma3nConfig config = files.Config with { Text = slice.Config };
        MemoryEstimate estimate = MemoryEstimate.Of(source, config, context, cache);
        long held = encoders.Equals(Drop, StringComparison.OrdinalIgnoreCase) ? long.Max(estimate.Vision, estimate.Audio) : estimate.Encoders;
        long conversation = estimate.KeysAndValues + ((long)LogitRows * sizeof(float) * config.Text.VocabSize);
        return estimate.Weights + held + (options.Conversations * conversation) + (options.PrefixCacheBytes ?? 0) + estimate.Activations + estimate.Program
            + ModelMemory.Encoding(source, config, files.Processor) + _media.Bytes(config) + Garbage + ((long)PieceBytes * config.InputVocabSize);
    }

    private IEnumerable<(CacheType Cache, string Encoders)> Ways(IWeightSource source)
    {
        CacheType usual = CacheChoice.Of(options.CacheType, source);
        CacheType[] caches = options.CacheType is not null ? [usual] : [.. new[] { usual, CacheType.F16, CacheType.Q8_0 }.Distinct()];
        string[] policies = options.Encoders is string asked ? [asked] : files.Config.Vision is null && files.Config.Audio is null ? [Lazy] : [Lazy, Drop];
        return caches.SelectMany(cache => policies.Select(policy => (cache, policy)));
    }

    private IWeightSource View(SlicePlan slice, ThreadTeam names)
    {
        IWeightSource source = slice.IsWhole ? files.Source : new SlicedWeights(files.Source, slice);
        return InPlaceType.Parse(options.Quantization, options.EncoderQuantization) is InPlaceType type ? new QuantizedWeights(source, type, names) : source;
    }

    private InsufficientMemoryException TooLittle(SlicePlan smallest, ThreadTeam names)
    {
        IWeightSource source = View(smallest, names);
        int context = options.ContextLength ?? LeastContexts[^1];
        (CacheType cache, string encoders) = Ways(source).Last();
        return new InsufficientMemoryException(string.Create(
            CultureInfo.InvariantCulture,
            $"{files.Source.Path}: does not fit into {MemoryEstimate.Text(limit)} of memory: {LoadPlan.Named(smallest)} with a context of {context} tokens cached as {cache} needs {MemoryEstimate.Text(Peak(source, smallest, cache, encoders, context))}"));
    }
}
