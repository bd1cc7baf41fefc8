using System.Text.Json;

namespace GemmaSharp.Tests.Cli;

/// <summary>`tokenize`, `detokenize`, `logits` and `features` as processes, against the reference's figures.</summary>
public sealed class ReferenceCommandTests : IDisposable
{
    // The gates of Fixtures/README.md.
    private const float TextLogitTolerance = 1e-4f;
    private const float TraceTolerance = 5e-5f;
    private const float MergedLogitTolerance = 1e-3f;
    private const float EncoderTolerance = 1e-4f;
    private const int WindowFrames = 2997;
    private readonly string _output = Path.Combine(Path.GetTempPath(), $"gemmasharp-{Guid.NewGuid():N}.safetensors");

    [Fact]
    public async Task Tokenize_JsonLines_IdsAndBack()
    {
        string[] texts = ["Hello  world\n", "caf\u00e9 \u65e5\u672c \U0001F600", "<start_of_turn>user", "\"quoted\" \\ <b>&amp;</b>"];
        string lines = string.Join("\n", texts.Select(text => JsonSerializer.Serialize(text)));

        string[] ids = (await CliProgram.RunAsync(["tokenize", "-m", Fixture.Pocket()], lines)).Answer().Split('\n');
        string[] plain = (await CliProgram.RunAsync(["tokenize", "-m", Fixture.Pocket("tokenizer.json"), "--no-special"], lines)).Answer().Split('\n');
        CliResult back = await CliProgram.RunAsync(["detokenize", "-m", Fixture.Pocket("tokenizer.json")], string.Join("\n", ids));

        GemmaSharp.Tokenization.Tokenizer tokenizer = GemmaSharp.Tokenization.Tokenizer.Load(Fixture.Pocket("tokenizer.json"));
        Assert.Equal(texts.Select(text => string.Join(", ", tokenizer.Encode(text))), ids.Select(line => line[1..^1]));
        Assert.Equal(texts.Select(text => string.Join(", ", tokenizer.Encode(text, special: false))), plain.Select(line => line[1..^1]));
        Assert.NotEqual(ids[2], plain[2]);
        Assert.Equal(texts, back.Answer().Split('\n').Select(line => JsonSerializer.Deserialize<string>(line)));
        Assert.All(back.Output, one => Assert.True(char.IsAscii(one)));
    }

    [Theory]
    [InlineData("tokenize", "\"good\"\nnot json", "line 2 of the input: ")]
    [InlineData("tokenize", "[1]", "line 1 of the input: a string is expected")]
    [InlineData("tokenize", "\"\\ud800\"", "line 1 of the input: ")]
    [InlineData("detokenize", "[1.5]", "line 1 of the input: 1.5 is no token id")]
    [InlineData("detokenize", "[99999999]", "line 1 of the input: id 99999999 is outside the vocabulary")]
    public async Task Tokenize_BadLine_SaysWhich(string command, string input, string expected)
    {
        CliResult result = await CliProgram.RunAsync([command, "-m", Fixture.Pocket()], input);

        Assert.Equal(1, result.ExitCode);
        Assert.StartsWith($"gemmasharp: {expected}", result.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Logits_IdsOfATextModelWithoutTokenizer_LogitsGreedyIdsAndActivations()
    {
        using Tensors trace = Tensors.Open(Fixture.Path("TinyText", "trace.safetensors"));
        string[] taps = ["inputs_embeds", "layer_in.0", "layer_in.12", "predictions.0", "q.4", "k.9", "v.11", "attn_out.4", "attn_laurel.7", "mlp_hidden.9", "side.11", "unembed_mean", "ple_table", "ple_inputs", "final_norm"];

        CliResult result = await CliProgram.RunAsync(
            "logits", "-m", Fixture.Path("TinyText"), "--ids", string.Join(",", trace.Ints("input_ids")), "--greedy", "4", "--taps", $"logits,{string.Join(",", taps)}", "-o", _output);

        Assert.Equal((0, "", ""), (result.ExitCode, result.Output, result.Errors));
        using Tensors found = Tensors.Open(_output);
        Assert.Equal(trace.Ints("input_ids"), found.Ints("input_ids"));
        Assert.Equal(["I64", "F32", "I64"], found.Entries.Where(entry => entry.Name is "input_ids" or "logits" or "greedy").OrderByDescending(entry => entry.Name == "input_ids").ThenByDescending(entry => entry.Name == "logits").Select(entry => entry.TypeName));
        Assert.Equal([40, 320], found.Shape("logits"));
        Assert.Equal([4], found.Shape("greedy"));
        Assert.InRange(Tensors.Distance(trace.Floats("logits"), found.Floats("logits")), 0, TextLogitTolerance);
        Assert.All(taps, name =>
        {
            Assert.Equal(trace.Shape(name), found.Shape(name));
            Assert.InRange(Tensors.Distance(trace.Floats(name), found.Floats(name)), 0, TraceTolerance);
        });
    }

    // Two pictures' activations stand one behind the other.
    [Theory]
    [InlineData("audio-image", 32)]
    [InlineData("two-images", 64)]
    public async Task Logits_MediaBeforeText_ExpandedIdsLogitsAndEncoderActivations(string name, int stemChannels)
    {
        JsonElement one = JsonDocument.Parse(await File.ReadAllTextAsync(Fixture.Path("Merged", "trace.json"))).RootElement.GetProperty(name);
        JsonElement[] content = [.. one.GetProperty("messages")[0].GetProperty("content").EnumerateArray()];
        IEnumerable<string> media = content.Where(part => part.GetProperty("type").GetString() != "text").SelectMany(part => part.TryGetProperty("image", out JsonElement image)
            ? (string[])["--image", Fixture.Path("Image", image.GetString()!)]
            : ["--audio", Fixture.Path("AudioClips", part.GetProperty("audio").GetString()!)]);
        string text = content[^1].TryGetProperty("text", out JsonElement given) ? given.GetString()! : "";
        int safe = one.GetProperty("greedy_safe").GetInt32();

        CliResult result = await CliProgram.RunAsync(["logits", "-m", Fixture.Path("TinyMm"), .. media, "-p", text, "--greedy", $"{safe}", "--taps", "ple,ple_projected,stem", "-o", _output]);

        Assert.Equal((0, ""), (result.ExitCode, result.Errors));
        using Tensors found = Tensors.Open(_output), expected = Tensors.Open(Fixture.Path("Merged", "trace.safetensors"));
        Assert.Equal(Ints(one.GetProperty("input_ids")), found.Ints("input_ids"));
        Assert.Equal(Ints(one.GetProperty("greedy"))[..safe], found.Ints("greedy"));
        int[] positions = Ints(one.GetProperty("positions"));
        foreach ((string tensor, float tolerance) in (ReadOnlySpan<(string, float)>)[("logits", MergedLogitTolerance), ("ple", EncoderTolerance), ("ple_projected", EncoderTolerance)])
        {
            float[] all = found.Floats(tensor);
            int width = all.Length / found.Ints("input_ids").Length;
            float[] rows = [.. positions.SelectMany(position => all.AsSpan(position * width, width).ToArray())];
            Assert.InRange(Tensors.Distance(expected.Floats($"{name}.{tensor}"), rows), 0, tolerance);
        }

        Assert.Equal([stemChannels, 128, 128], found.Shape("stem"));
    }

    [Fact]
    public async Task Features_Picture_PixelsAndSoftTokensOfTheReference()
    {
        CliResult result = await CliProgram.RunAsync("features", "-m", Fixture.Path("TinyMm"), "--image", Fixture.Path("Image", "rgb-500x333.png"), "-o", _output);

        Assert.Equal((0, "", ""), (result.ExitCode, result.Output, result.Errors));
        using Tensors found = Tensors.Open(_output), expected = Tensors.Open(Fixture.Path("VisionTiny", "trace.safetensors"));
        Assert.Equal([3, 256, 256], found.Shape("pixels"));
        Assert.InRange(Tensors.Distance(expected.Floats("256.soft_tokens"), found.Floats("soft_tokens")), 0, EncoderTolerance);
    }

    [Fact]
    public async Task Features_Clip_FramesMaskAndEveryRow()
    {
        CliResult result = await CliProgram.RunAsync("features", "-m", Fixture.Path("TinyMm"), "--audio", Fixture.Path("AudioClips", "pcm16-1s.wav"), "-o", _output);

        Assert.Equal((0, "", ""), (result.ExitCode, result.Output, result.Errors));
        using Tensors found = Tensors.Open(_output), expected = Tensors.Open(Fixture.Path("AudioClips", "expected.safetensors")), tower = Tensors.Open(Fixture.Path("AudioTiny", "trace.safetensors"));
        Assert.Equal([97, 128], found.Shape("features"));
        Assert.InRange(Tensors.Distance(expected.Floats("pcm16-1s.features"), found.Floats("features")), 0, EncoderTolerance);
        Assert.Equal("U8", found.Entries.Single(entry => entry.Name == "mask").TypeName);
        Assert.Equal(Enumerable.Repeat((byte)1, 97), found.Bytes("mask"));
        Assert.Equal([188, 64], found.Shape("soft_tokens"));
        Assert.Equal(tower.Floats("padding_embedding").Length, found.Floats("soft_tokens")[^64..].Length);
        Assert.InRange(Tensors.Distance(tower.Floats("padding_embedding"), found.Floats("soft_tokens").AsSpan(^64..)), 0, EncoderTolerance);
    }

    [Fact]
    public async Task Features_ClipOver30Seconds_FirstWindowAsTheReferenceCutsIt()
    {
        CliResult result = await CliProgram.RunAsync("features", "-m", Fixture.Path("TinyMm"), "--audio", Fixture.Path("AudioClips", "over-30s.wav"), "-o", _output);

        Assert.Equal(0, result.ExitCode);
        Assert.Contains("its first window is written, 1.5 s are left out", result.Errors, StringComparison.Ordinal);
        using Tensors found = Tensors.Open(_output), expected = Tensors.Open(Fixture.Path("AudioClips", "expected.safetensors"));
        JsonElement one = JsonDocument.Parse(await File.ReadAllTextAsync(Fixture.Path("AudioClips", "cases.json"))).RootElement.GetProperty("cases").EnumerateArray().First(item => item.GetProperty("file").GetString() == "over-30s.wav");
        Assert.Equal([WindowFrames, 128], found.Shape("features"));
        float[] features = found.Floats("features");
        float[] rows = [.. Ints(one.GetProperty("rows")).SelectMany(row => features.AsSpan(row * 128, 128).ToArray())];
        Assert.InRange(Tensors.Distance(expected.Floats("over-30s.features"), rows), 0, EncoderTolerance);
    }

    public void Dispose() => File.Delete(_output);

    private static int[] Ints(JsonElement array) => [.. array.EnumerateArray().Select(value => value.GetInt32())];
}
