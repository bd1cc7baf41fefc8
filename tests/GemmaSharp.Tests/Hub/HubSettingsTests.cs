using GemmaSharp.Hub;

namespace GemmaSharp.Tests.Hub;

public sealed class HubSettingsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("gemmasharp-home-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void From_NoVariables_Defaults()
    {
        HubSettings settings = From([]);

        Assert.Equal("https://huggingface.co/", settings.Endpoint.ToString());
        Assert.EndsWith(Path.Combine(".cache", "huggingface", "hub"), settings.CacheFolder, StringComparison.Ordinal);
        Assert.False(settings.Offline);
    }

    [Fact]
    public void From_Home_CacheAndTokenFileBelowIt()
    {
        File.WriteAllText(Path.Combine(_folder, "token"), "hf_file\n");

        HubSettings settings = From(new() { ["HF_HOME"] = _folder });

        Assert.Equal(Path.Combine(_folder, "hub"), settings.CacheFolder);
        Assert.Equal("hf_file", settings.Token);
    }

    [Theory]
    [InlineData("1", true)]
    [InlineData("on", true)]
    [InlineData("Yes", true)]
    [InlineData("TRUE", true)]
    [InlineData("0", false)]
    [InlineData("", false)]
    public void From_Offline_AsTheHubReadsIt(string value, bool expected) => Assert.Equal(expected, From(new() { ["HF_HUB_OFFLINE"] = value }).Offline);

    [Fact]
    public void From_Variables_BeforeFiles()
    {
        File.WriteAllText(Path.Combine(_folder, "token"), "hf_file");

        HubSettings settings = From(new() { ["HF_HOME"] = _folder, ["HF_TOKEN"] = "hf_variable", ["HF_HUB_CACHE"] = "/cache", ["HF_ENDPOINT"] = "http://127.0.0.1:1/x/" });

        Assert.Equal(("hf_variable", "/cache", "http://127.0.0.1:1/x/"), (settings.Token, settings.CacheFolder, settings.Endpoint.ToString()));
    }

    [Fact]
    public void From_EndpointWithoutAddress_Refused() => Assert.Throws<HubException>(() => From(new() { ["HF_ENDPOINT"] = "file:///etc" }));

    private static HubSettings From(Dictionary<string, string> variables) => HubSettings.From(name => variables.GetValueOrDefault(name));
}
