using GemmaSharp.Kernels.KeyValues;
using GemmaSharp.Kernels.Threading;
using GemmaSharp.Model.Config;
using GemmaSharp.Model.InPlace;
using GemmaSharp.Model.MatFormer;
using GemmaSharp.Weights;

namespace GemmaSharp.Loading;

/// <summary>Refuses a model that does not fit into memory before it is loaded, and says what would fit.</summary>
/// <param name="config">The model's, sliced where that is wanted.</param>
/// <param name="team">Only named to sources, nothing is computed.</param>
/// <param name="cacheType">How keys and values will be stored.</param>
/// <param name="available">Bytes that can be had.</param>
internal sealed class MemoryCheck(Gemma3nConfig config, ThreadTeam team, CacheType cacheType, long available)
{
    // A conversation of unknown length is not counted beyond this: its cache grows only as it does.
    private const int UsualContext = 4096;
    private static readonly int[] SmallerContexts = [16384, 8192, 4096, 2048, 1024];
    private static readonly string[] SmallerTypes = ["q8_0", "q6k", "q5k", "q4k"];

    /// <summary>Checks the source that will be loaded.</summary>
    /// <exception cref="InsufficientMemoryException">It needs more than there is.</exception>
    public void Require(IWeightSource source, EngineOptions options)
    {
        TextConfig text = config.Text;
        int context = options.ContextLength ?? int.Min(text.MaxPositionEmbeddings, UsualContext);
        MemoryEstimate need = MemoryEstimate.Of(source, config, context, cacheType);
        if (need.Total <= available)
        {
            return;
        }

        string[] fitting = [.. Fitting(source, context, options)];
        throw new InsufficientMemoryException(
            $"{source.Path}: needs about {MemoryEstimate.Text(need.Total)} of memory (weights {MemoryEstimate.Text(need.Weights + need.Encoders)}, "
            + $"keys and values of {context} tokens {MemoryEstimate.Text(need.KeysAndValues)}, the rest {MemoryEstimate.Text(need.Activations + need.Program)}), "
            + $"{MemoryEstimate.Text(available)} can be had; {(fitting.Length == 0 ? "no smaller context, slice or type of it fits" : $"what would fit: {string.Join(", or ", fitting)}")}; "
            + "without this check (--no-memory-check) it is tried all the same");
    }

    private IEnumerable<string> Fitting(IWeightSource source, int context, EngineOptions options)
    {
        foreach (int smaller in SmallerContexts.Where(one => one < context && Fits(source, config, one)).Take(1))
        {
            yield return $"a context of {smaller} tokens";
        }

        foreach (string type in options.Quantization is null ? SmallerTypes.Where(type => Fits(Quantized(source, type), config, context)).Take(1) : [])
        {
            yield return $"quantisation at load to {type}";
        }

        if (options.Slice is null && PublishedSlices.Fit(config.Text))
        {
            MatFormerTable table = PublishedSlices.Read();
            foreach (string name in table.Names.Where(name => Fits(source, SlicePlan.Create(config.Text, table.Find(name), table.Path), context)).Take(1))
            {
                yield return $"the slice '{name}'";
            }
        }
    }

    private QuantizedWeights Quantized(IWeightSource source, string type) => new(source, InPlaceType.Parse(type), team);

    private bool Fits(IWeightSource source, SlicePlan slice, int context) =>
        Fits(new SlicedWeights(source, slice), config with { Text = slice.Config }, context);

    private bool Fits(IWeightSource source, Gemma3nConfig seen, int context) => MemoryEstimate.Of(source, seen, context, cacheType).Total <= available;
}
