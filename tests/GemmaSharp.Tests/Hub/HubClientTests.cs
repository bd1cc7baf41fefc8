using GemmaSharp.Hub;

namespace GemmaSharp.Tests.Hub;

/// <summary>Downloads from a real server on the loopback address into the standard cache layout.</summary>
public sealed class HubClientTests : IDisposable
{
    private const string Big = "sub/model.gguf";
    private static readonly HubReference Reference = HubReference.Parse("owner/repo");
    private static readonly byte[] Large = [.. Enumerable.Range(0, 3_000_000).Select(at => (byte)((at * 31) ^ (at >> 8)))];
    private static readonly byte[] Small = "{\"a\": 1}"u8.ToArray();
    private readonly string _folder = Directory.CreateTempSubdirectory("gemmasharp-hub-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task FetchAsync_LargeAndSmallFile_StandardLayoutAndSameBytes()
    {
        await using LocalHub hub = await StartAsync();
        using HubClient client = Client(hub);

        string large = await client.FetchAsync(Reference, Big);
        string small = await client.FetchAsync(Reference, "config.json");

        string repository = Path.Combine(_folder, "models--owner--repo");
        Assert.Equal(Path.Combine(repository, "snapshots", LocalHub.Commit, "sub", "model.gguf"), large);
        Assert.Equal(Large, File.ReadAllBytes(large));
        Assert.Equal(Small, File.ReadAllBytes(small));
        Assert.Equal(LocalHub.Commit, File.ReadAllText(Path.Combine(repository, "refs", "main")));
        Assert.Equal(Large, File.ReadAllBytes(Path.Combine(repository, "blobs", LocalHub.Etag(Large, large: true))));
        Assert.Equal($"../../../blobs/{LocalHub.Etag(Large, large: true)}", new FileInfo(large).LinkTarget?.Replace('\\', '/'));
        Assert.Equal(["config.json", Big], client.Cache.Files(Reference));
    }

    [Fact]
    public async Task FetchAsync_SecondTime_AsksOnlyForTheHeader()
    {
        await using LocalHub hub = await StartAsync();
        using HubClient client = Client(hub);
        await client.FetchAsync(Reference, Big);
        hub.Requests.Clear();

        await client.FetchAsync(Reference, Big);

        Assert.Equal([$"HEAD /owner/repo/resolve/main/{Big}"], hub.Requests);
    }

    [Fact]
    public async Task FetchAsync_BrokenTransfers_GoesOnWhereEachBroke()
    {
        await using LocalHub hub = await StartAsync();
        hub.Breaks.Enqueue(1_000_000);
        hub.Breaks.Enqueue(500_000);
        using HubClient client = Client(hub);

        string path = await client.FetchAsync(Reference, Big);

        Assert.Equal(Large, File.ReadAllBytes(path));
        int[] starts = [.. hub.Requests.Where(one => one.StartsWith("DATA", StringComparison.Ordinal)).Select(one => int.Parse(one[5..], null))];
        Assert.Equal(3, starts.Length);
        Assert.True(starts[0] == 0 && starts[1] > 0 && starts[2] > starts[1], string.Join(",", starts));
    }

    [Fact]
    public async Task FetchAsync_AfterCancel_ResumesFromDisk()
    {
        await using LocalHub hub = await StartAsync();
        using HubClient client = Client(hub);
        using CancellationTokenSource stop = new();
        hub.Breaks.Enqueue(1_500_000);
        CancelAt progress = new(stop, 1_000_000);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => client.FetchAsync(Reference, Big, progress, stop.Token));
        hub.Breaks.Clear();
        hub.Requests.Clear();
        string path = await client.FetchAsync(Reference, Big);

        Assert.Equal(Large, File.ReadAllBytes(path));
        Assert.DoesNotContain("DATA 0", hub.Requests);
        Assert.Empty(Directory.GetFiles(_folder, "*.incomplete", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task FetchAsync_ServerWithoutRanges_StartsAgain()
    {
        await using LocalHub hub = await StartAsync();
        hub.IgnoresRanges = true;
        hub.Breaks.Enqueue(1_000_000);
        using HubClient client = Client(hub);

        Assert.Equal(Large, File.ReadAllBytes(await client.FetchAsync(Reference, Big)));
    }

    [Fact]
    public async Task FetchAsync_WrongBytes_ErrorAndNothingKept()
    {
        await using LocalHub hub = await StartAsync();
        hub.Lies = true;
        using HubClient client = Client(hub);

        HubException error = await Assert.ThrowsAsync<HubException>(() => client.FetchAsync(Reference, Big));

        Assert.Contains(LocalHub.Etag(Large, large: true), error.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(Path.Combine(_folder, "models--owner--repo", "blobs")));
    }

    [Fact]
    public async Task FetchAsync_Token_GoesToTheHubAndNotToTheStorage()
    {
        await using LocalHub hub = await StartAsync();
        hub.Token = "hf_secret";
        using HubClient client = new(Settings(hub) with { Token = "hf_secret" }, TimeSpan.FromMilliseconds(1));

        await client.FetchAsync(Reference, Big);

        Assert.Equal([""], hub.StorageTokens);
    }

    [Theory]
    [InlineData(403, "GatedRepo", "accept its licence")]
    [InlineData(401, "RepoNotFound", "no such repository")]
    [InlineData(401, "", "not authorised")]
    [InlineData(403, "", "forbidden")]
    [InlineData(404, "EntryNotFound", "no such file")]
    [InlineData(404, "RevisionNotFound", "no such revision")]
    public async Task FetchAsync_Refused_OneClearLine(int status, string code, string expected)
    {
        await using LocalHub hub = await StartAsync();
        hub.Refusals.Enqueue((status, code));
        using HubClient client = new(Settings(hub) with { Token = "hf_secret" }, TimeSpan.FromMilliseconds(1));

        HubException error = await Assert.ThrowsAsync<HubException>(() => client.FetchAsync(Reference, Big));

        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("hf_secret", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Fact]
    public async Task FetchAsync_BusyHub_WaitsAndTriesAgain()
    {
        await using LocalHub hub = await StartAsync();
        hub.Refusals.Enqueue((429, ""));
        hub.Refusals.Enqueue((503, ""));
        using HubClient client = Client(hub);

        Assert.Equal(Small, File.ReadAllBytes(await client.FetchAsync(Reference, "config.json")));
    }

    [Fact]
    public async Task FetchAsync_Offline_CacheAloneAnswers()
    {
        await using LocalHub hub = await StartAsync();
        using HubClient online = Client(hub), offline = new(Settings(hub) with { Offline = true });
        string path = await online.FetchAsync(Reference, Big);
        hub.Requests.Clear();

        Assert.Equal(path, await offline.FetchAsync(Reference, Big));
        Assert.Equal([Big], await offline.ListAsync(Reference));
        await Assert.ThrowsAsync<HubException>(() => offline.FetchAsync(Reference, "config.json"));
        Assert.Empty(hub.Requests);
    }

    [Fact]
    public async Task FetchAsync_TwoAtOnce_OneTransfer()
    {
        await using LocalHub hub = await StartAsync();
        using HubClient first = Client(hub), second = Client(hub);

        await Task.WhenAll(first.FetchAsync(Reference, Big), second.FetchAsync(Reference, Big));

        Assert.Single(hub.Requests, one => one == "DATA 0");
    }

    [Theory]
    [InlineData("../evil.gguf")]
    [InlineData("/etc/passwd")]
    [InlineData("a\\b.gguf")]
    [InlineData("C:evil.gguf")]
    public async Task ListAsync_NameOutsideTheRepository_Refused(string name)
    {
        await using LocalHub hub = await StartAsync();
        hub.ExtraNames.Add(name);
        using HubClient client = Client(hub);

        await Assert.ThrowsAsync<HubException>(() => client.ListAsync(Reference));
    }

    [Fact]
    public async Task ModelFetchAsync_HubGone_TakesTheCacheAndSaysSo()
    {
        HubSettings settings;
        await using (LocalHub hub = await StartAsync())
        {
            settings = Settings(hub);
            using HubClient client = Client(hub);
            await HubModel.FetchAsync(client, Reference, Big, null, default);
        }

        using HubClient gone = new(settings, TimeSpan.FromMilliseconds(1));
        HubException error = await Assert.ThrowsAsync<HubException>(() => gone.ListAsync(Reference));

        Assert.True(error.IsUnreachable);
        using HubClient cached = new(settings with { Offline = true });
        HubModel model = await HubModel.FetchAsync(cached, Reference, Big, null, default);
        Assert.Equal(Large, File.ReadAllBytes(model.Path));
    }

    [Fact]
    public async Task Remove_CachedRepository_GoneWithItsLocks()
    {
        await using LocalHub hub = await StartAsync();
        using HubClient client = Client(hub);
        await client.FetchAsync(Reference, Big);
        CachedRepository listed = Assert.Single(client.Cache.List());

        client.Cache.Remove(Reference);

        Assert.Equal(("owner/repo", Large.Length), (listed.Repository, (int)listed.Bytes));
        Assert.Empty(client.Cache.List());
        Assert.Throws<HubException>(() => client.Cache.Remove(Reference));
        Assert.Empty(Directory.EnumerateFiles(_folder, "*", SearchOption.AllDirectories));
    }

    private static async Task<LocalHub> StartAsync()
    {
        LocalHub hub = await LocalHub.StartAsync();
        hub.Files[Big] = Large;
        hub.Files["config.json"] = Small;
        return hub;
    }

    private HubSettings Settings(LocalHub hub) => new() { Endpoint = hub.Address, CacheFolder = _folder };

    private HubClient Client(LocalHub hub) => new(Settings(hub), TimeSpan.FromMilliseconds(1));

    private sealed class CancelAt(CancellationTokenSource stop, long bytes) : IProgress<HubProgress>
    {
        public void Report(HubProgress value)
        {
            if (value.Received >= bytes)
            {
                stop.Cancel();
            }
        }
    }
}
