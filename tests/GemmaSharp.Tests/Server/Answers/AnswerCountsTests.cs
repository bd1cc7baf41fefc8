using System.Text.Json;
using System.Text.Json.Nodes;

namespace GemmaSharp.Tests.Server.Answers;

/// <summary>What every form of answer tells of tokens and times.</summary>
public sealed class AnswerCountsTests
{
    private static readonly string[] Times =
        ["queue_ms", "encode_ms", "prefill_ms", "prefill_tokens_per_second", "decode_ms", "decode_tokens_per_second", "peak_memory_bytes"];

    [Theory]
    [InlineData("scene-0.png", 256, 0)]
    [InlineData("speech-0.wav", 0, 188)]
    public async Task Chat_WithMedia_TellsAll(string file, int image, int audio)
    {
        await using ServerRun server = await ServerRun.StartAsync();

        JsonElement answer = await server.AskAsync("/v1/chat/completions", ServerRun.ChatAbout(file, "Describe it."));

        AssertTimes(answer, alsoQueue: false);
        JsonElement usage = answer.GetProperty("usage"), details = usage.GetProperty("prompt_tokens_details");
        Assert.Equal(Number(usage, "prompt_tokens") + Number(usage, "completion_tokens"), Number(usage, "total_tokens"));
        Assert.Equal((image, audio), (Number(details, "image_tokens"), Number(details, "audio_tokens")));
        Assert.InRange(Number(details, "cached_tokens"), 0, Number(usage, "prompt_tokens") - 1); // other tests ask the same engine
        Assert.True(answer.GetProperty("timings").GetProperty("media")[0].GetProperty("encode_ms").GetDouble() >= 0);
    }

    [Fact]
    public async Task Chat_ThatWaited_TellsHowLong()
    {
        await using ServerRun server = await ServerRun.StartAsync(options => options with { Limits = options.Limits with { Concurrent = 1 } });
        JsonObject longer = ServerRun.Chat("Good morning!");
        (longer["max_tokens"], longer["logit_bias"]) = (400, new JsonObject { ["1"] = -100, ["9"] = -100 });
        Task<JsonElement> running = server.AskAsync("/v1/chat/completions", longer);
        await server.WaitForAsync("gemmasharp_requests_running 1");

        JsonElement waited = await server.AskAsync("/v1/chat/completions", ServerRun.Chat("Good morning!"));

        await running;
        AssertTimes(waited, alsoQueue: true);
    }

    [Fact]
    public async Task OtherForms_TellAllToo()
    {
        await using ServerRun server = await ServerRun.StartAsync();

        JsonElement response = await server.AskAsync("/v1/responses", new JsonObject { ["input"] = "Good morning!" });
        JsonElement completion = await server.AskAsync("/v1/completions", new JsonObject { ["prompt"] = "Good" });
        JsonElement message = await server.AskAsync("/v1/messages", new JsonObject { ["max_tokens"] = 20, ["messages"] = ServerRun.Chat("Good morning!")["messages"]!.DeepClone() });
        using MultipartFormDataContent form = new() { { new ByteArrayContent(File.ReadAllBytes(Fixture.Pocket("samples", "speech-1.wav"))), "file", "speech.wav" } };
        using HttpResponseMessage heard = await server.Client.PostAsync("/v1/audio/transcriptions", form);
        JsonElement transcript = JsonElement.Parse(await heard.Content.ReadAsStringAsync());

        Assert.All([response, completion, message, transcript], answer => AssertTimes(answer, alsoQueue: false));
        Assert.Equal(188, Number(transcript.GetProperty("usage").GetProperty("input_token_details"), "audio_tokens"));
    }

    private static void AssertTimes(JsonElement answer, bool alsoQueue)
    {
        JsonElement timings = answer.GetProperty("timings");
        Assert.All(Times, name => Assert.True(timings.GetProperty(name).GetDouble() >= 0, name));
        Assert.All(
            (string[])["prefill_ms", "prefill_tokens_per_second", "decode_ms", "decode_tokens_per_second", "peak_memory_bytes", .. alsoQueue ? ["queue_ms"] : (string[])[]],
            name => Assert.True(timings.GetProperty(name).GetDouble() > 0, name));
    }

    private static int Number(JsonElement holder, string name) => holder.GetProperty(name).GetInt32();
}
