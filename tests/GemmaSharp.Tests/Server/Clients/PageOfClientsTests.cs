using System.Text.RegularExpressions;

namespace GemmaSharp.Tests.Server.Clients;

/// <summary>The lines that README and docs show are run as they stand, against the server's address.</summary>
public sealed partial class PageOfClientsTests
{
    private const string Shown = "http://127.0.0.1:8080";

    [ProgramFact("curl")]
    public async Task Curl_LinesOfTheDocs_Answer()
    {
        await using ServerRun server = await ServerRun.StartAsync();
        string[] blocks = [.. Blocks("docs/clients.md", "sh")];

        string[] answers = new string[blocks.Length];
        for (int at = 0; at < blocks.Length; at++)
        {
            answers[at] = await ClientRun.RunAsync("bash", ["-euc", Here(blocks[at], server)]);
        }

        Assert.Equal(4, answers.Length);
        Assert.Contains("\"content\":\"Hello!", answers[0], StringComparison.Ordinal);
        Assert.EndsWith("data: [DONE]\n\n", answers[1], StringComparison.Ordinal);
        Assert.Contains("A small yellow cross at the bottom right.", answers[2], StringComparison.Ordinal);
        Assert.Equal("purple circle\n", answers[3]);
    }

    [ProgramFact("curl")]
    public async Task Curl_LinesOfTheReadme_Answer()
    {
        await using ServerRun server = await ServerRun.StartAsync();
        string[] lines = [.. Curl().Matches(Read("README.md")).Select(match => match.Value)];

        Assert.NotEmpty(lines);
        foreach (string line in lines)
        {
            Assert.Contains("\"choices\"", await ClientRun.RunAsync("bash", ["-euc", Here(line, server)]), StringComparison.Ordinal);
        }
    }

    [ProgramFact("python3")]
    public async Task Python_LinesOfTheDocs_Answer()
    {
        await using ServerRun server = await ServerRun.StartAsync();

        Assert.StartsWith("Hello!", await ClientRun.RunAsync("python3", ["-"], Here(Assert.Single(Blocks("docs/clients.md", "python")), server)), StringComparison.Ordinal);
    }

    [ProgramFact("node", needsClient: true)]
    public async Task JavaScript_LinesOfTheDocsAndReadme_Answer()
    {
        await using ServerRun server = await ServerRun.StartAsync();

        foreach (string block in (string[])[.. Blocks("docs/clients.md", "js"), .. Blocks("README.md", "js")])
        {
            Assert.StartsWith("Hello!", await ClientRun.RunAsync("node", ["--input-type=module", "-"], Here(block, server), ClientRun.NodeFolder), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task CSharp_SampleOfTheDocs_Answers()
    {
        await using ServerRun server = await ServerRun.StartAsync();

        // Beside the tests' own output, whose packages are not the sample's.
        string sample = AppContext.BaseDirectory.Replace("GemmaSharp.Tests", "OpenAiClient", StringComparison.Ordinal);
        string answer = await ClientRun.RunAsync("dotnet", [Path.Combine(sample, "OpenAiClient.dll"), new Uri(server.Address, "v1").ToString()]);

        Assert.StartsWith("Hello!", answer, StringComparison.Ordinal);
    }

    private static IEnumerable<string> Blocks(string page, string language) =>
        Fence().Matches(Read(page)).Where(fence => fence.Groups[1].Value == language).Select(fence => fence.Groups[2].Value);

    private static string Here(string lines, ServerRun server) => lines.Replace(Shown, server.Address.ToString().TrimEnd('/'), StringComparison.Ordinal);

    private static string Read(string page) => File.ReadAllText(Path.Combine(Fixture.Repository, page)).ReplaceLineEndings("\n");

    [GeneratedRegex("^```(\\w+)\n(.*?)^```$", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Fence();

    [GeneratedRegex("^    curl .*?[^\\\\]$", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Curl();
}
