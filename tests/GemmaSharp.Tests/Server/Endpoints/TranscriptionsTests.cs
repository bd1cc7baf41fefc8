using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace GemmaSharp.Tests.Server.Endpoints;

/// <summary>Sounds by form: every format, long sounds by windows, and what is refused.</summary>
public sealed class TranscriptionsTests
{
    private const string Path = "/v1/audio/transcriptions";
    private const int Rate = 16000;

    [Theory]
    [InlineData("text", "text/plain", "purple circle\n")]
    [InlineData("srt", "text/plain", "1\n00:00:00,000 --> 00:00:0")]
    [InlineData("vtt", "text/vtt", "WEBVTT\n\n00:00:00.000 --> 00:00:0")]
    [InlineData("json", "application/json", """{"text":"purple circle",""")]
    [InlineData("verbose_json", "application/json", """{"text":"purple circle","task":"transcribe",""")]
    public async Task Post_EveryFormat_HoldsTheText(string format, string type, string begin)
    {
        await using ServerRun server = await ServerRun.StartAsync();

        using HttpResponseMessage response = await PostAsync(server, File.ReadAllBytes(Fixture.Pocket("samples", "speech-1.wav")), ("response_format", format));

        string text = await response.Content.ReadAsStringAsync();
        Assert.True(response.StatusCode == HttpStatusCode.OK, text);
        Assert.Equal(type, response.Content.Headers.ContentType?.MediaType);
        Assert.StartsWith(begin, text, StringComparison.Ordinal);
        Assert.Contains("purple circle", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Post_LongSound_SegmentsCoverIt()
    {
        await using ServerRun server = await ServerRun.StartAsync();
        byte[] speech = File.ReadAllBytes(Fixture.Pocket("samples", "speech-1.wav"));
        const int seconds = 70;

        using HttpResponseMessage response = await PostAsync(server, Repeated(speech, seconds * Rate), ("response_format", "verbose_json"));

        string text = await response.Content.ReadAsStringAsync();
        Assert.True(response.StatusCode == HttpStatusCode.OK, text);
        JsonElement[] segments = [.. JsonDocument.Parse(text).RootElement.GetProperty("segments").EnumerateArray()];
        Assert.True(segments.Length > 1);
        Assert.Equal(0, segments[0].GetProperty("start").GetDouble());
        Assert.Equal(seconds, segments[^1].GetProperty("end").GetDouble(), 1e-3);
        Assert.All(segments.Zip(segments.Skip(1)), pair => Assert.Equal(pair.First.GetProperty("end").GetDouble(), pair.Second.GetProperty("start").GetDouble()));
        Assert.All(segments, segment => Assert.True(segment.GetProperty("avg_logprob").GetDouble() <= 0));
    }

    [Fact]
    public async Task Post_Stream_DeltasThenTheWhole()
    {
        await using ServerRun server = await ServerRun.StartAsync();

        using HttpResponseMessage response = await PostAsync(server, File.ReadAllBytes(Fixture.Pocket("samples", "speech-0.wav")), ("stream", "true"));

        string text = await response.Content.ReadAsStringAsync();
        JsonElement[] events = [.. text.Split("\n\n", StringSplitOptions.RemoveEmptyEntries).SkipLast(1).Select(one => JsonDocument.Parse(one["data: ".Length..]).RootElement)];
        Assert.Equal("four five two nine", string.Concat(events.SkipLast(1).Select(one => one.GetProperty("delta").GetString())));
        Assert.Equal("four five two nine", events[^1].GetProperty("text").GetString());
    }

    [Theory]
    [InlineData("response_format", "xml", "response_format")]
    [InlineData("timestamp_granularities[]", "word", "timestamp_granularities[]")]
    [InlineData("temperature", "hot", "temperature")]
    [InlineData("language", "<end_of_turn>", "language")]
    [InlineData("stream", "maybe", "stream")]
    [InlineData("colour", "red", "colour")]
    public async Task Post_FieldThatCannotBeHonoured_IsNamed(string name, string value, string parameter)
    {
        await using ServerRun server = await ServerRun.StartAsync();

        using HttpResponseMessage response = await PostAsync(server, File.ReadAllBytes(Fixture.Pocket("samples", "speech-0.wav")), (name, value));

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Equal(parameter, JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement.GetProperty("error").GetProperty("param").GetString());
    }

    [Fact]
    public async Task Post_NoSound_SaysSo()
    {
        await using ServerRun server = await ServerRun.StartAsync();

        using HttpResponseMessage text = await PostAsync(server, "not a sound"u8.ToArray()), large = await PostAsync(server, new byte[40 << 20]);

        Assert.Contains("not a sound file", await text.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.BadRequest, large.StatusCode);
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, (await server.PostAsync(Path, "{}")).StatusCode);
    }

    [Fact]
    public async Task Post_LanguageOfATranslation_IsRefused()
    {
        await using ServerRun server = await ServerRun.StartAsync();
        using MultipartFormDataContent form = Form(File.ReadAllBytes(Fixture.Pocket("samples", "speech-0.wav")), ("language", "German"));

        using HttpResponseMessage response = await server.Client.PostAsync("/v1/audio/translations", form);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains("language", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    private static Task<HttpResponseMessage> PostAsync(ServerRun server, byte[] sound, params (string Name, string Value)[] fields) => server.Client.PostAsync(Path, Form(sound, fields));

    private static MultipartFormDataContent Form(byte[] sound, params (string Name, string Value)[] fields)
    {
        MultipartFormDataContent form = [];
        ByteArrayContent file = new(sound);
        file.Headers.ContentType = new MediaTypeHeaderValue("audio/wav");
        form.Add(file, "file", "sound.wav");
        foreach ((string name, string value) in fields)
        {
            form.Add(new StringContent(value, Encoding.UTF8), name);
        }

        return form;
    }

    // The clip's samples again and again behind a header of 44 bytes, 16 bits, one channel.
    private static byte[] Repeated(byte[] wav, int samples)
    {
        byte[] all = new byte[44 + (samples * 2)];
        wav.AsSpan(0, 44).CopyTo(all);
        BitConverter.TryWriteBytes(all.AsSpan(4), all.Length - 8);
        BitConverter.TryWriteBytes(all.AsSpan(40), samples * 2);
        for (int at = 44; at < all.Length; at++)
        {
            all[at] = wav[44 + ((at - 44) % ((wav.Length - 44) & ~1))];
        }

        return all;
    }
}
