using GemmaSharp.Model;
using GemmaSharp.Prefixes;
using GemmaSharp.Tests.Model;

namespace GemmaSharp.Tests.Library.Prefixes;

/// <summary>What the tree finds, keeps and lets go of, over a model with windows of 64.</summary>
public sealed class PrefixCacheTests : IDisposable
{
    private static readonly PrefixTag Tag = new(1);
    private readonly TestModel _model = TestModel.Load(Fixture.Path("TinyMm"));

    [Fact]
    public void Claim_LongestChainAndTail_HeldButForTheLastToken()
    {
        using PrefixCache cache = new(long.MaxValue);
        int[] known = Ids(300, 1);
        Put(cache, known);

        Assert.Equal(299, Found(cache, known));
        Assert.Equal(300, Found(cache, [.. known, 7, 8]));
        Assert.Equal(270, Found(cache, [.. known[..270], 3, 4, 5]));
        Assert.Equal(128, Found(cache, [.. known[..128], 3, 4, 5]));
        Assert.Equal(100, Found(cache, [.. known[..100], 3, 4, 5]));
        Assert.Equal(0, Found(cache, [3, .. known]));
        Assert.Equal(0, Found(cache, known, new PrefixTag(2)));
        Assert.Equal(0, Found(cache, known, new PrefixTag(1, "a slice")));
    }

    [Fact]
    public void Offer_LongerTail_TakesThePlaceOfTheShorter()
    {
        using PrefixCache cache = new(long.MaxValue);
        int[] known = Ids(200, 1);
        Put(cache, known[..150]);
        long bytes = cache.Bytes;
        Put(cache, known);
        Put(cache, known[..170]);

        Assert.Equal(bytes, cache.Bytes);
        Assert.Equal(199, Found(cache, known));
    }

    [Fact]
    public void Offer_WithoutTail_KeepsFullBlocks()
    {
        using PrefixCache cache = new(long.MaxValue);
        int[] known = Ids(300, 1);
        using ModelState state = Run(known);
        cache.Offer(Tag, Tokens(known), state, tail: false);

        Assert.Equal(256, Found(cache, known));
    }

    [Fact]
    public void Offer_BeyondTheBound_LetsGoOfTheLeafUsedLongestAgo()
    {
        int[][] texts = [.. Enumerable.Range(1, 4).Select(seed => (int[])[.. Ids(128, 9), .. Ids(128, seed)])];
        long block = BytesOfABlock();
        using PrefixCache cache = new(block * 4);
        Array.ForEach(texts[..3], text => Put(cache, text));
        Assert.Equal((4 * block, 255), (cache.Bytes, Found(cache, texts[0])));
        Put(cache, texts[3]);

        // The first was asked for again, the beginning of all belongs to those that stay.
        Assert.Equal(4 * block, cache.Bytes);
        Assert.Equal([255, 128, 255, 255], texts.Select(text => Found(cache, text)));
    }

    [Fact]
    public void Offer_LongerThanTheBound_KeepsItsBeginning()
    {
        int[] known = Ids(600, 1);
        using PrefixCache cache = new(2 * BytesOfABlock());
        Put(cache, known);

        Assert.Equal(256, Found(cache, known));
        Assert.InRange(cache.Bytes, 1, 2 * BytesOfABlock());
    }

    [Fact]
    public void Offer_AfterWindowsForgot_FoundFromTheEndAndMendedLater()
    {
        using PrefixCache cache = new(long.MaxValue);
        int[] known = Ids(700, 1);
        using (ModelState state = Run(known[..350], known[350..]))
        {
            cache.Offer(Tag, Tokens(known), state, tail: true);
        }

        long bytes = cache.Bytes;
        Assert.Equal(699, Found(cache, known));
        Assert.Equal(0, Found(cache, known[..100]));
        Put(cache, known[..128]);
        Assert.Equal(99, Found(cache, known[..100]));
        Assert.InRange(cache.Bytes, bytes + 1, long.MaxValue);
    }

    [Fact]
    public void Offer_PartOfABlockThatForgot_DoesNotReplaceTheWhole()
    {
        using PrefixCache cache = new(long.MaxValue);
        int[] known = Ids(700, 1);
        using (ModelState state = Run(known[..350], known[350..]))
        {
            cache.Offer(Tag, Tokens(known), state, tail: true);
        }

        int[] other = [.. known[..60], .. Ids(40, 2)];
        using (ModelState state = Run(other))
        {
            Assert.True(state.TryTruncate(60));
            cache.Offer(Tag, Tokens(other[..60]), state, tail: true);
        }

        using ModelState found = _model.Model.CreateState(1024);
        cache.Claim(Tag, Tokens(known), 512, found, CancellationToken.None).Dispose();
        AssertSameLogits(found, known);
    }

    [Fact]
    public void Dispose_AndLaterOffers_HoldNothing()
    {
        int[] known = Ids(300, 1);
        PrefixCache cache = new(long.MaxValue);
        Put(cache, known);
        Assert.InRange(_model.Model.KeyValueBytes, 1, cache.Bytes);
        cache.Dispose();
        Put(cache, known);

        Assert.Equal((0, 0, 0), (cache.Bytes, _model.Model.KeyValueBytes, Found(cache, known)));
    }

    [Fact]
    public async Task Claim_OfWhatAnotherComputes_WaitsForIt()
    {
        using PrefixCache cache = new(long.MaxValue);
        int[] known = Ids(300, 1);
        using ModelState state = Run(known);
        using ModelState second = _model.Model.CreateState(1024), third = _model.Model.CreateState(1024), fresh = _model.Model.CreateState(1024);
        PrefixClaim first = cache.Claim(Tag, Tokens(known), 512, fresh, CancellationToken.None);
        int[] alike = [.. known[..200], .. Ids(100, 2)];
        Task<PrefixClaim> waiting = Task.Run(() => cache.Claim(Tag, Tokens(alike), 512, second, CancellationToken.None));

        // Other beginnings and other owners do not wait, and a wait can be left.
        cache.Claim(Tag, Tokens([.. known[..100], .. Ids(100, 2)]), 512, third, CancellationToken.None).Dispose();
        cache.Claim(new PrefixTag(2), Tokens(known), 512, third, CancellationToken.None).Dispose();
        using CancellationTokenSource leave = new(TimeSpan.FromMilliseconds(50));
        Assert.Throws<OperationCanceledException>(() => cache.Claim(Tag, Tokens(alike), 512, third, leave.Token));
        Assert.False(waiting.IsCompleted);
        cache.Offer(Tag, Tokens(known), state, tail: false);
        first.Dispose();

        (await waiting).Dispose();
        Assert.Equal(200, second.Position);
        AssertSameLogits(second, alike);
    }

    public void Dispose() => _model.Dispose();

    private static int[] Ids(int count, int seed)
    {
        Random random = new(seed);
        return [.. Enumerable.Range(0, count).Select(_ => random.Next(20, 250))];
    }

    private static PrefixToken[] Tokens(int[] ids) => Array.ConvertAll(ids, id => new PrefixToken(id));

    private long BytesOfABlock()
    {
        using ModelState state = Run(Ids(128, 1));
        return state.Bytes;
    }

    private ModelState Run(params int[][] chunks)
    {
        ModelState state = _model.Model.CreateState(1024);
        Array.ForEach(chunks, ids => _model.Model.Forward(new ModelInput(ids), state, []));
        return state;
    }

    private void Put(PrefixCache cache, int[] ids)
    {
        using ModelState state = Run(ids);
        cache.Offer(Tag, Tokens(ids), state, tail: true);
    }

    // How much of a text is found, which is right then.
    private int Found(PrefixCache cache, int[] ids, PrefixTag? tag = null)
    {
        using ModelState state = _model.Model.CreateState(1024);
        cache.Claim(tag ?? Tag, Tokens(ids), 512, state, CancellationToken.None).Dispose();
        int found = state.Position;
        AssertSameLogits(state, ids);
        return found;
    }

    private void AssertSameLogits(ModelState state, int[] ids)
    {
        float[] expected = new float[_model.Model.Config.Text.VocabSize], logits = new float[expected.Length];
        using ModelState fresh = _model.Model.CreateState(1024);
        _model.Model.Forward(new ModelInput(ids), fresh, expected);
        _model.Model.Forward(new ModelInput(ids.AsSpan(state.Position)), state, logits);
        Assert.Equal(expected, logits);
    }
}
