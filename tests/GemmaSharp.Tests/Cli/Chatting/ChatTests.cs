using GemmaSharp.Cli;
using GemmaSharp.Cli.Chatting;

namespace GemmaSharp.Tests.Cli.Chatting;

/// <summary>Typed conversations with the pocket model: every expected answer of every turn, and the commands.</summary>
public sealed class ChatTests
{
    [Fact]
    public async Task RunAsync_EveryExpectedConversation_WordForWord()
    {
        IReadOnlyList<PocketTurn[]> cases = PocketCases.All();
        IEnumerable<string> lines = cases.SelectMany(turns => turns
            .SelectMany(turn => (string[])[.. turn.Images.Select(file => $"/image {file}"), .. turn.Sounds.Select(file => $"/audio {file}"), turn.Text])
            .Append("/clear"));

        (string output, _) = await ChatAsync(lines);

        Assert.Equal(cases.SelectMany(turns => turns).Select(turn => turn.Answer), output.TrimEnd('\n').Split('\n'));
    }

    [Fact]
    public async Task RunAsync_Commands_SayWhatTheyDid()
    {
        string saved = Path.Combine(Path.GetTempPath(), $"gemmasharp {Guid.NewGuid():N}.txt");

        (string output, string said) = await ChatAsync(
            ["/stats", "/imgae x", "/nonsense", "/image", "/image nothing.png", "/video x.mp4", "/help", "/system Be brief.", "Good morning!", "/stats", $"/save \"{saved}\"", "/quit", "never read"]);
        string transcript = await File.ReadAllTextAsync(saved);
        File.Delete(saved);

        Assert.Single(output.TrimEnd('\n').Split('\n'));
        Assert.StartsWith("## system\n\nBe brief.\n\n## user\n\nGood morning!\n\n## assistant\n\n", transcript, StringComparison.Ordinal);
        string[] expected =
        [
            "none before the first answer", "gemmasharp: /imgae is no command; did you mean /image?", "gemmasharp: /nonsense is no command; /help lists them", "gemmasharp: /image needs the name of a file",
            "gemmasharp: nothing.png: no such file", "gemmasharp: x.mp4: Gemma 3n takes no video", "/audio FILE", "Set; the conversation begins anew.", "decode: ",
        ];
        Assert.All(expected, line => Assert.Contains(line, said, StringComparison.Ordinal));
    }

    [Fact]
    public async Task RunAsync_Slices_EachAnswersAsItself()
    {
        const string question = "Count from 6 to 11.", half = "Config for half width";

        (string output, string said) = await ChatAsync(["/slice", question, "/clear", $"/slice {half}", question, "/stats", "/clear", "/slice halb", "/slice whole", question]);

        Assert.Equal([PocketCases.Answer(question, "Main model"), PocketCases.Answer(question, half), PocketCases.Answer(question, "Main model")], output.TrimEnd('\n').Split('\n'));
        string[] expected = ["whole answers; there are 'whole', 'Main model', 'Config for half width'", $"{half} answers from now on", $"slice: {half}", "lists no slice 'halb'"];
        Assert.All(expected, line => Assert.Contains(line, said, StringComparison.Ordinal));
    }

    [Fact]
    public async Task RunAsync_PictureThatFails_DoesNotSpoilTheNextMessage()
    {
        PocketTurn turn = PocketCases.All()[0][0];

        (string output, string said) = await ChatAsync([$"/image {Fixture.Path("Image", "hostile", "truncated.png")}", turn.Text, $"/image {turn.Images[0]}", turn.Text]);

        Assert.Equal(turn.Answer + "\n", output);
        Assert.Contains("truncated.png", said, StringComparison.Ordinal);
    }

    private static async Task<(string Output, string Said)> ChatAsync(IEnumerable<string> lines)
    {
        using GemmaEngine engine = GemmaEngine.Load(Fixture.Pocket());
        using StringWriter output = new() { NewLine = "\n" }, said = new() { NewLine = "\n" };
        Screen screen = new(said);
        using Answering answering = new(engine, new GenerationOptions(), screen, output);
        MessageReader reader = new(new ReaderLines(new StringReader(string.Join('\n', lines)), TextWriter.Null));

        Assert.Equal(0, await new Chat(answering, screen, reader, []).RunAsync());

        return (output.ToString(), said.ToString());
    }
}
