using GemmaSharp.Prompting;

namespace GemmaSharp.Tests.Library.Prompting;

/// <summary>What was encoded lately, by content and bounded in bytes.</summary>
public sealed class MediaCacheTests
{
    [Fact]
    public void Key_SameBytesUnderAnotherName_Same()
    {
        byte[] bytes = [1, 2, 3];

        Assert.Equal(MediaCache.Key(ContentPart.Image(bytes, "a.png")), MediaCache.Key(ContentPart.Image((byte[])[.. bytes], "b.png")));
        Assert.NotEqual(MediaCache.Key(ContentPart.Image(bytes)), MediaCache.Key(ContentPart.Audio(bytes)));
        Assert.NotEqual(MediaCache.Key(ContentPart.Image(bytes)), MediaCache.Key(ContentPart.Image((byte[])[1, 2, 4])));
    }

    [Fact]
    public void Add_OverTheBound_LeastRecentlyUsedGoes()
    {
        MediaCache cache = new(mostBytes: 3 * 40);
        foreach (string key in (string[])["a", "b", "c"])
        {
            cache.Add(key, Media(10));
        }

        Assert.NotNull(cache.Find("a"));
        cache.Add("d", Media(10));

        Assert.Null(cache.Find("b"));
        Assert.NotNull(cache.Find("a"));
        Assert.NotNull(cache.Find("c"));
        Assert.NotNull(cache.Find("d"));
        Assert.Equal(120, cache.Bytes);
    }

    [Fact]
    public void Add_LargerThanTheBound_KeepsWhatIsThere()
    {
        MediaCache cache = new(mostBytes: 100);
        cache.Add("a", Media(10));
        cache.Add("b", Media(26));

        Assert.NotNull(cache.Find("a"));
        Assert.Null(cache.Find("b"));
    }

    private static IReadOnlyList<EncodedMedia> Media(int floats) => [new EncodedMedia("image", new float[floats])];
}
