using GemmaSharp.Tests.Hub;

namespace GemmaSharp.Tests.Cli;

/// <summary>`-hf` and `models` as a user runs them, against a hub on the loopback address.</summary>
public sealed class HubTests(PocketGguf pocket) : IClassFixture<PocketGguf>, IDisposable
{
    private const string Repository = "owner/pocket";
    private static readonly string[] Question = ["--image", Fixture.Pocket("samples", "scene-0.png"), "-p", "Describe the image."];
    private const string Answer = "A small yellow cross at the bottom right.";
    private readonly string _cache = Directory.CreateTempSubdirectory("hub-cli").FullName;

    public void Dispose() => Directory.Delete(_cache, recursive: true);

    [Fact]
    public async Task Run_QuantisationNamed_FetchesModelAndProjectorThenAnswersOffline()
    {
        await using LocalHub hub = await GgufHubAsync(pocket.Quantised, pocket.Plain);

        CliResult fetched = await RunAsync(hub, ["run", "-hf", $"{Repository}:Q8_0", .. Question]);
        int asked = hub.Requests.Count;
        CliResult offline = await RunAsync(hub, ["run", "-hf", $"{Repository}:Q8_0", .. Question], offline: true);

        Assert.Equal(Answer, fetched.Answer());
        Assert.Contains("fetching pocket-Q8_0.gguf", fetched.Errors, StringComparison.Ordinal);
        Assert.Contains("fetching mmproj-pocket-F16.gguf", fetched.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("BF16", fetched.Errors, StringComparison.Ordinal);
        Assert.Equal((Answer, ""), (offline.Answer(), offline.Errors));
        Assert.Equal(asked, hub.Requests.Count);
    }

    [Fact]
    public async Task Run_NoQuantisationNamed_SaysWhichItTakes()
    {
        await using LocalHub hub = await GgufHubAsync(pocket.Quantised);

        CliResult result = await RunAsync(hub, ["run", "-hf", Repository, .. Question]);

        Assert.Equal(Answer, result.Answer());
        Assert.Contains("gemmasharp: no quantisation named, taking pocket-Q8_0.gguf\n", result.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_FolderOfHuggingFace_AnswersOfASliceFromItsTable()
    {
        await using LocalHub hub = await LocalHub.StartAsync();
        foreach (string file in Directory.GetFiles(Fixture.Pocket()))
        {
            hub.Files.Add(Path.GetFileName(file), await File.ReadAllBytesAsync(file));
        }

        CliResult result = await RunAsync(hub, ["run", "-hf", Repository, "--slice", "Config for small model", .. Question]);

        Assert.Equal(PocketCases.Answer("Describe the image.", "Config for small model"), result.Answer());
        Assert.DoesNotContain("no -m given", result.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Models_PullListRemove_WhatTheCacheHolds()
    {
        await using LocalHub hub = await GgufHubAsync(pocket.Quantised);

        CliResult pulled = await RunAsync(hub, ["models", "pull", $"{Repository}:Q8_0"]);
        CliResult listed = await RunAsync(hub, ["models", "list"]);
        CliResult removed = await RunAsync(hub, ["models", "rm", Repository]);
        CliResult empty = await RunAsync(hub, ["models", "list"]);
        CliResult again = await RunAsync(hub, ["models", "rm", Repository]);

        Assert.True(File.Exists(pocket.Quantised) && pulled.Answer().EndsWith("pocket-Q8_0.gguf", StringComparison.Ordinal), pulled.Output);
        Assert.StartsWith($"{Repository}  ", listed.Output, StringComparison.Ordinal);
        Assert.Contains("\n  mmproj-pocket-F16.gguf\n  pocket-Q8_0.gguf\n", listed.Output, StringComparison.Ordinal);
        Assert.Equal((0, ""), (removed.ExitCode, removed.Output));
        Assert.Equal((0, ""), (empty.ExitCode, empty.Output));
        Assert.Contains("is not in the cache", again.Refusal(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_Gated_OneLineThatSaysWhatToDo()
    {
        await using LocalHub hub = await GgufHubAsync(pocket.Quantised);
        hub.Refusals.Enqueue((403, "GatedRepo"));

        string line = (await RunAsync(hub, ["run", "-hf", $"{Repository}:Q8_0", "-p", "Hello"])).Refusal();

        Assert.Contains("owner/pocket", line, StringComparison.Ordinal);
        Assert.Contains("accept its licence", line, StringComparison.Ordinal);
        Assert.Contains("HF_TOKEN", line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_OfflineAndNotInTheCache_OneLine()
    {
        await using LocalHub hub = await GgufHubAsync(pocket.Quantised);

        CliResult result = await RunAsync(hub, ["run", "-hf", $"{Repository}:Q8_0", "-p", "Hello"], offline: true);

        Assert.Contains("HF_HUB_OFFLINE", result.Refusal(), StringComparison.Ordinal);
        Assert.Empty(hub.Requests);
    }

    [Fact]
    public async Task Run_QuantisationThatIsNotThere_ListsWhatIs()
    {
        await using LocalHub hub = await GgufHubAsync(pocket.Quantised);

        Assert.Contains("it holds pocket-Q8_0.gguf", (await RunAsync(hub, ["run", "-hf", $"{Repository}:Q2_K", "-p", "Hello"])).Refusal(), StringComparison.Ordinal);
    }

    private async Task<LocalHub> GgufHubAsync(params string[] models)
    {
        LocalHub hub = await LocalHub.StartAsync();
        foreach (string file in (string[])[.. models, pocket.Projector])
        {
            hub.Files.Add(Path.GetFileName(file), await File.ReadAllBytesAsync(file));
        }

        return hub;
    }

    private Task<CliResult> RunAsync(LocalHub hub, string[] arguments, bool offline = false) => CliProgram.RunAsync(arguments, "", new Dictionary<string, string>
    {
        ["HF_ENDPOINT"] = hub.Address.ToString(),
        ["HF_HUB_CACHE"] = _cache,
        ["HF_HUB_OFFLINE"] = offline ? "1" : "0",
        ["HF_TOKEN"] = "",
        ["HF_TOKEN_PATH"] = Path.Combine(_cache, "none"),
        ["NO_PROXY"] = hub.Address.Host,
    });
}
