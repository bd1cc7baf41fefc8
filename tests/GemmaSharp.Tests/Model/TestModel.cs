using GemmaSharp.Kernels.KeyValues;
using GemmaSharp.Kernels.Threading;
using GemmaSharp.Model;
using GemmaSharp.Model.Config;
using GemmaSharp.Weights;

namespace GemmaSharp.Tests.Model;

/// <summary>A model loaded from a fixture folder, and shorthand to run it.</summary>
internal sealed class TestModel : IDisposable
{
    private readonly IWeightSource _source;
    private readonly ThreadTeam _team;

    private TestModel(IWeightSource source, Gemma3nConfig config, ProcessorConfig processor, int threads)
    {
        _team = new ThreadTeam(threads);
        _source = source;
        Model = Gemma3nModel.Load(_source, config, processor, _team);
    }

    public Gemma3nModel Model { get; }

    /// <summary>How the sequences below cache keys and values.</summary>
    public CacheType CacheType { get; private init; }

    public static TestModel Load(string folder, int threads = 2, CacheType cacheType = CacheType.F32) =>
        new(WeightFiles.Open(folder), ConfigJson.Read(Path.Combine(folder, "config.json")), ProcessorConfig.ReadFolder(folder), threads) { CacheType = cacheType };

    public static TestModel Load(string folder, Gemma3nConfig config) => new(WeightFiles.Open(folder), config, ProcessorConfig.ReadFolder(folder), 2);

    public static TestModel Load(IWeightSource source, Gemma3nConfig config) => new(source, config, new ProcessorConfig(), 2);

    /// <summary>Logits of every position, the prompt in chunks of the given size.</summary>
    public float[] Logits(ReadOnlySpan<int> ids, int chunk = int.MaxValue, TensorTap? tap = null, float[]? soft = null)
    {
        using ModelState state = Model.CreateState(Model.Config.Text.MaxPositionEmbeddings, CacheType);
        float[] logits = new float[ids.Length * Model.Config.Text.VocabSize];
        for (int start = 0; start < ids.Length; start += int.Min(chunk, ids.Length))
        {
            int count = int.Min(int.Min(chunk, ids.Length), ids.Length - start);
            Span<float> part = logits.AsSpan(start * Model.Config.Text.VocabSize, count * Model.Config.Text.VocabSize);
            Model.Forward(new ModelInput(ids.Slice(start, count), soft, allLogits: true), state, part, tap);
        }

        return logits;
    }

    /// <summary>Greedy continuation with the cache, and the logits that chose each token.</summary>
    public (int[] Ids, float[] Logits) Greedy(ReadOnlySpan<int> prompt, int count, float[]? soft = null)
    {
        using ModelState state = Model.CreateState(Model.Config.Text.MaxPositionEmbeddings, CacheType);
        int vocab = Model.Config.Text.VocabSize;
        float[] logits = new float[count * vocab];
        int[] ids = new int[count];
        for (int step = 0; step < count; step++)
        {
            Span<float> row = logits.AsSpan(step * vocab, vocab);
            if (step == 0)
            {
                Model.Forward(new ModelInput(prompt, soft), state, row);
            }
            else
            {
                Model.Forward(new ModelInput([ids[step - 1]]), state, row);
            }

            ids[step] = IndexOfMax(row);
        }

        return (ids, logits);
    }

    public static int IndexOfMax(ReadOnlySpan<float> values)
    {
        int best = 0;
        for (int at = 1; at < values.Length; at++)
        {
            best = values[at] > values[best] ? at : best;
        }

        return best;
    }

    public void Dispose()
    {
        Model.Dispose();
        _source.Dispose();
        _team.Dispose();
    }
}
