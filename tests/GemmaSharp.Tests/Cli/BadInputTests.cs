using System.Collections.Concurrent;

namespace GemmaSharp.Tests.Cli;

/// <summary>Bad input through the program: exit code 1, nothing on stdout, one line that says what, where, found and expected.</summary>
public sealed class BadInputTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("gemmasharp-tests-").FullName;

    [Theory]
    [InlineData("unknown option --temprature; did you mean --temperature?", "run", "--temprature", "3", "-p", "x")]
    [InlineData("unknown option --imgae; did you mean --image?", "run", "--imgae=x.png", "-p", "x")]
    [InlineData("unknown option --quux", "run", "--quux")]
    [InlineData("unknown command 'rnu'; did you mean run?", "rnu")]
    [InlineData("a command is needed: run, serve, gateway,")]
    [InlineData("--max-tokens: 'x' found, a whole number from 1", "run", "-n", "x", "-p", "x")]
    [InlineData("--top-p: '2' found, a number from 0 to 1 expected", "run", "--top-p", "2", "-p", "x")]
    [InlineData("--temperature: 'NaN' found", "run", "--temperature", "NaN", "-p", "x")]
    [InlineData("--seed: '-1' found, a whole number from 0", "run", "--seed", "-1", "-p", "x")]
    [InlineData("draft: 'ngrams' found, none, grammar, ngram expected", "run", "--draft", "ngrams", "-p", "x")]
    [InlineData("--draft-tokens: '33' found, a whole number from 1 to 32", "run", "--draft-tokens", "33", "-p", "x")]
    [InlineData("'b' is one word too many", "run", "a", "b")]
    [InlineData("the prompt is given 2 times, by -p and PROMPT", "run", "-p", "a", "b")]
    [InlineData("the prompt is empty", "run")]
    [InlineData("nothing.txt: no such file", "run", "--file", "nothing.txt")]
    [InlineData("nothing.png: no such file", "run", "--image", "nothing.png", "-p", "x")]
    [InlineData("takes no video; cut single frames out as pictures for --image", "run", "--video", "holiday.mp4", "-p", "x")]
    [InlineData("nowhere: no such file or folder", "run", "-m", "nowhere", "-p", "x")]
    [InlineData("the prompt has 17 tokens, the context holds 8", "run", "-c", "8", "-p", "Count from 2 to 7")]
    [InlineData("a context of 99999999 tokens, 1 to 4096 expected", "run", "-c", "99999999", "-p", "x")]
    [InlineData("either --ids, or -p with its --image and --audio, is expected", "logits", "-o", "x.safetensors")]
    [InlineData("--ids: 'b' is no token id", "logits", "--ids", "1,b", "-o", "x.safetensors")]
    [InlineData("id 99999999 is outside the vocabulary of 1280", "logits", "--ids", "1,99999999", "-o", "x.safetensors")]
    [InlineData("its folder /nowhere does not exist", "logits", "--ids", "1", "-o", "/nowhere/x.safetensors")]
    [InlineData("0 files given, one --image or one --audio expected", "features", "-o", "x.safetensors")]
    [InlineData("no activation is named 'layer_in.99' in this run; there are", "logits", "--ids", "1", "--taps", "layer_in.99", "-o", "x.safetensors")]
    [InlineData("nowhere: no such file", "inspect", "nowhere")]
    public async Task Run_BadArguments_OneLine(string expected, params string[] arguments)
    {
        CliResult result = await CliProgram.RunAsync(arguments);

        Assert.Contains(expected, result.Refusal(), StringComparison.Ordinal);
        Assert.False(File.Exists("x.safetensors"));
    }

    [Theory]
    [InlineData("--image", "Image", "text.jpg")]
    [InlineData("--image", "Image", "truncated.png")]
    [InlineData("--image", "Image", "zero-bytes.png")]
    [InlineData("--image", "Image", "huge-60000x60000.png")]
    [InlineData("--audio", "AudioClips", "text.wav")]
    [InlineData("--audio", "AudioClips", "len-0.wav")]
    [InlineData("--audio", "AudioClips", "len-512.wav")]
    [InlineData("--audio", "AudioClips", "truncated-header.wav")]
    public async Task Run_HostileMedia_OneLineThatNamesTheFile(string option, string area, string file)
    {
        CliResult result = await CliProgram.RunAsync("run", option, Fixture.Path(area, "hostile", file), "-p", "x");

        Assert.Contains(file, result.Refusal(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--image", "--audio")]
    [InlineData("--audio", "--image")]
    public async Task Run_BadSecondMedium_RefusedWhateverTheOrder(string good, string bad)
    {
        string file = good == "--image" ? Fixture.Pocket("samples", "scene-0.png") : Fixture.Pocket("samples", "speech-0.wav");

        CliResult result = await CliProgram.RunAsync("run", good, file, bad, file, "-p", "x");

        Assert.Contains(Path.GetFileName(file), result.Refusal(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_VideoAsPictureOrSound_SaysWhatToDoInstead()
    {
        string video = Path.Combine(_folder, "holiday.mp4");
        await File.WriteAllBytesAsync(video, Media.VideoContainerTests.QuickTime("vide", "soun"));
        foreach (string option in (string[])["--image", "--audio"])
        {
            CliResult result = await CliProgram.RunAsync("run", option, video, "-p", "x");

            Assert.Contains("holiday.mp4: Gemma 3n takes no video; cut single frames out as pictures for --image and the sound track as WAV for --audio", result.Refusal(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Inspect_HostileSafetensors_OneLineThatNamesTheFile()
    {
        string[] files = [.. Directory.GetFiles(Fixture.Path("Safetensors"), "*.safetensors").Where(file => Path.GetFileName(file) is "header-past-end.safetensors" or "json-deep.safetensors" or "overlap.safetensors" or "short.safetensors")];
        ConcurrentBag<string> lines = [];
        foreach (string file in files)
        {
            lines.Add((await CliProgram.RunAsync("inspect", file)).Refusal());
        }

        Assert.Equal(4, files.Length);
        Assert.All(lines, line => Assert.Contains(".safetensors", line, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("config.json", "not json", "config.json")]
    [InlineData("config.json", "{\"model_type\": \"llama\"}", "config.json")]
    [InlineData("tokenizer.json", "{}", "tokenizer.json")]
    [InlineData("chat_template.jinja", "{% for %}", "chat template")]
    [InlineData("generation_config.json", "[", "generation_config.json")]
    [InlineData("model.safetensors", "short", "model.safetensors")]
    [InlineData("config.json", null, "holds no config.json")]
    [InlineData("tokenizer.json", null, "has no tokenizer.json")]
    public async Task Run_ForeignOrMissingModelFile_OneLineThatNamesIt(string file, string? content, string expected)
    {
        foreach (string source in Directory.GetFiles(Fixture.Pocket()).Where(source => Path.GetFileName(source) != file))
        {
            File.CreateSymbolicLink(Path.Combine(_folder, Path.GetFileName(source)), source);
        }

        if (content is not null)
        {
            await File.WriteAllTextAsync(Path.Combine(_folder, file), content);
        }

        CliResult result = await CliProgram.RunAsync("run", "-m", _folder, "-p", "x");

        Assert.Contains(expected, result.Refusal(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("hidden_size", "99999999999")]
    [InlineData("hidden_size", "-1")]
    [InlineData("num_hidden_layers", "1000000000")]
    [InlineData("vocab_size", "7")]
    public async Task Run_AbsurdConfig_OneLine(string field, string value)
    {
        foreach (string source in Directory.GetFiles(Fixture.Pocket()).Where(source => Path.GetFileName(source) != "config.json"))
        {
            File.CreateSymbolicLink(Path.Combine(_folder, Path.GetFileName(source)), source);
        }

        System.Text.Json.Nodes.JsonNode config = System.Text.Json.Nodes.JsonNode.Parse(await File.ReadAllTextAsync(Fixture.Pocket("config.json")))!;
        config["text_config"]![field] = System.Text.Json.Nodes.JsonNode.Parse(value);
        await File.WriteAllTextAsync(Path.Combine(_folder, "config.json"), config.ToJsonString());

        CliResult result = await CliProgram.RunAsync("run", "-m", _folder, "-p", "x");

        Assert.DoesNotContain("a bug", result.Refusal(), StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
