using GemmaSharp.Kernels.KeyValues;
using GemmaSharp.Model;

namespace GemmaSharp.Tests.Model.Cache;

/// <summary>Windows, chunks and steps back with every stored type, on the pocket model.</summary>
public sealed class KvCacheTests
{
    private static readonly int[] Ids = [.. Enumerable.Range(0, 700).Select(at => 16 + (at * 7 % 256))];

    public static TheoryData<CacheType> Types => [.. Enum.GetValues<CacheType>()];

    [Theory]
    [MemberData(nameof(Types))]
    public void Forward_AnyChunksAndThreads_SameBits(CacheType type)
    {
        using TestModel one = TestModel.Load(Fixture.Pocket(), threads: 1, type), three = TestModel.Load(Fixture.Pocket(), threads: 3, type);
        float[] atOnce = Last(one, Ids.Length);

        Assert.Equal(atOnce, Last(one, 129));
        Assert.Equal(atOnce, Last(three, 37));
        Assert.Equal(atOnce, Last(three, Ids.Length));
    }

    [Theory]
    [InlineData(CacheType.F16, 0.02)]
    [InlineData(CacheType.BF16, 0.2)]
    [InlineData(CacheType.Q8_0, 0.3)]
    public void Forward_RoundedCache_LogitsCloseToFloat32(CacheType type, float tolerance)
    {
        using TestModel floats = TestModel.Load(Fixture.Pocket()), rounded = TestModel.Load(Fixture.Pocket(), cacheType: type);

        float distance = Tensors.Distance(Last(floats, 512), Last(rounded, 512));

        Assert.InRange(distance, float.Epsilon, tolerance);
    }

    [Fact]
    public void TryTruncate_WithinTheSlack_SameBitsAsFresh()
    {
        using TestModel model = TestModel.Load(Fixture.Pocket());
        int vocab = model.Model.Config.Text.VocabSize;
        float[] expected = Last(model, 700), found = new float[vocab];
        using ModelState state = model.Model.CreateState(1024);
        foreach (int chunk in (int[])[512, 188])
        {
            model.Model.Forward(new ModelInput(Ids.AsSpan(state.Position, chunk)), state, found);
        }

        // Some tokens are decoded and then all of them and more are taken back.
        for (int step = 0; step < 20; step++)
        {
            model.Model.Forward(new ModelInput([50 + step]), state, found);
        }

        Assert.True(state.TryTruncate(600));
        model.Model.Forward(new ModelInput(Ids.AsSpan(600)), state, found);
        Assert.Equal(expected, found);
    }

    [Fact]
    public void Bytes_SlidingLayers_BoundedByWindowAndChunk()
    {
        using TestModel model = TestModel.Load(Fixture.Pocket());
        using ModelState state = model.Model.CreateState(4096);
        List<long> bytes = [];
        for (int chunk = 0; chunk < 30; chunk++)
        {
            model.Model.Forward(new ModelInput(Ids.AsSpan(0, 128)), state, []);
            bytes.Add(state.Bytes);
        }

        // Once the windows are full, only full layers grow.
        TextLayers layers = TextLayers.Of(model.Model.Config.Text);
        Assert.Equal(layers.FullBlockBytes, bytes[^1] - bytes[^2]);
        Assert.False(state.TryTruncate(0 + layers.Window));
        state.Clear();
        Assert.Equal(0, state.Bytes);
    }

    // Within the first window, at and beside the ends of blocks, past the window; every one is also a place within a tail.
    [Theory]
    [MemberData(nameof(Types))]
    public void TryAdopt_AnyPosition_SameBitsAsFresh(CacheType type)
    {
        foreach (string folder in (string[])[Fixture.Pocket(), Fixture.Path("TinyMm")])
        {
            using TestModel model = TestModel.Load(folder, cacheType: type);
            float[] expected = Last(model, Ids.Length), found = new float[expected.Length];
            using ModelState first = model.Model.CreateState(1024, type);
            List<SharedBlocks> chain = [];
            for (int start = 0; start < 650; start += 130)
            {
                model.Model.Forward(new ModelInput(Ids.AsSpan(start, 130)), first, []);
                for (; (chain.Count + 1) * SharedBlocks.Tokens <= first.Position; chain.Add(first.Share(chain.Count)))
                {
                }
            }

            chain.Add(first.Share(chain.Count));
            foreach (int position in (int[])[1, 63, 127, 128, 129, 511, 512, 640, 641, 650])
            {
                using ModelState second = model.Model.CreateState(1024, type);
                Assert.True(second.TryAdopt(chain.ToArray().AsSpan(0, (position + 127) / 128), position));
                model.Model.Forward(new ModelInput(Ids.AsSpan(position)), second, found);
                Assert.Equal(expected, found);
            }

            // The first went on writing nowhere that others read.
            model.Model.Forward(new ModelInput(Ids.AsSpan(650)), first, found);
            Assert.Equal(expected, found);
            chain.ForEach(blocks => blocks.Dispose());
            first.Dispose();
            Assert.Equal(0, model.Model.KeyValueBytes);
        }
    }

    [Fact]
    public void TryAdopt_WhatASlidingLayerForgot_RefusedAndNothingChanged()
    {
        using TestModel model = TestModel.Load(Fixture.Path("TinyMm"));
        using ModelState first = model.Model.CreateState(1024), second = model.Model.CreateState(1024);
        foreach (int chunk in (int[])[350, 350])
        {
            model.Model.Forward(new ModelInput(Ids.AsSpan(first.Position, chunk)), first, []);
        }

        SharedBlocks[] chain = [.. Enumerable.Range(0, 6).Select(first.Share)];
        model.Model.Forward(new ModelInput(Ids.AsSpan(0, 5)), second, []);

        Assert.False(chain[0].IsComplete);
        Assert.False(second.TryAdopt(chain.AsSpan(0, 1), 100));
        Assert.Equal(5, second.Position);
        Assert.True(second.TryAdopt(chain, 690));
        float[] found = new float[model.Model.Config.Text.VocabSize];
        model.Model.Forward(new ModelInput(Ids.AsSpan(690)), second, found);
        Assert.Equal(Last(model, 350), found);
        Array.ForEach(chain, blocks => blocks.Dispose());
    }

    private static float[] Last(TestModel model, int chunk)
    {
        int vocab = model.Model.Config.Text.VocabSize;
        using ModelState state = model.Model.CreateState(1024, model.CacheType);
        float[] logits = new float[vocab];
        for (int start = 0; start < Ids.Length; start += chunk)
        {
            model.Model.Forward(new ModelInput(Ids.AsSpan(start, int.Min(chunk, Ids.Length - start))), state, logits);
        }

        return logits;
    }

    private sealed record TextLayers(int Window, long FullBlockBytes)
    {
        public static TextLayers Of(GemmaSharp.Model.Config.TextConfig text)
        {
            int full = Enumerable.Range(0, text.FirstSharedLayer).Count(layer => text.LayerKinds[layer] == GemmaSharp.Model.Config.LayerKind.Full);
            return new TextLayers(text.SlidingWindow, full * 128L * 4 * text.KeyValueHeadCount * (text.HeadDim + ((text.HeadDim + 31) / 32 * 32)));
        }
    }
}
