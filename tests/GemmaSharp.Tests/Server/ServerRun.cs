using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using GemmaSharp.Server;

namespace GemmaSharp.Tests.Server;

/// <summary>A server of the pocket model on a free port of this machine, and the ways tests ask it.</summary>
internal sealed class ServerRun : IAsyncDisposable
{
    public const string Model = "pocket";
    private static readonly Lazy<GemmaEngine> Engine = new(() => GemmaEngine.Load(Fixture.Pocket(), new EngineOptions { PrefixCacheBytes = 256 << 20 }));
    private readonly ServerApp _app;

    private ServerRun(ServerApp app, HttpMessageHandler handler) => (_app, Client) = (app, new HttpClient(handler) { Timeout = TimeSpan.FromMinutes(2), BaseAddress = app.Address });

    public HttpClient Client { get; }

    public Uri Address => _app.Address;

    /// <summary>Lines that the server logged.</summary>
    public ConcurrentQueue<string> Log { get; private init; } = [];

    public static Task<ServerRun> StartAsync(Func<ServerOptions, ServerOptions>? change = null) => StartAsync(Task.FromResult(Engine.Value), change, warm: true);

    public static Task<ServerRun> StartAsync(Task<GemmaEngine> engine, Func<ServerOptions, ServerOptions>? change, bool warm) => StartAsync(new ServedModel(Model, () => engine), change, warm);

    public static async Task<ServerRun> StartAsync(ServedModel model, Func<ServerOptions, ServerOptions>? change, bool warm)
    {
        ServerOptions options = new() { Port = 0 };
        options = change?.Invoke(options) ?? options;
        ConcurrentQueue<string> log = [];
        ServerApp app = ServerApp.Create(options, model, log.Enqueue);
        await app.StartAsync(CancellationToken.None);
        if (warm)
        {
            await model.WarmUpAsync(CancellationToken.None);
        }

        return new ServerRun(app, (options.Transport as MemoryTransport)?.CreateHandler() ?? new SocketsHttpHandler()) { Log = log };
    }

    public Task StopAsync() => _app.StopAsync();

    /// <summary>Posts a body of JSON text.</summary>
    public async Task<HttpResponseMessage> PostAsync(string path, string json, string type = "application/json")
    {
        StringContent content = new(json, Encoding.UTF8);
        content.Headers.ContentType = MediaTypeHeaderValue.Parse(type);
        return await Client.PostAsync(path, content);
    }

    /// <summary>Posts and reads an answer that must be right.</summary>
    public async Task<JsonElement> AskAsync(string path, JsonNode body)
    {
        using HttpResponseMessage response = await PostAsync(path, body.ToJsonString());
        string text = await response.Content.ReadAsStringAsync();
        Assert.True(response.StatusCode == HttpStatusCode.OK, $"{text} {string.Join('\n', Log)}");
        return JsonDocument.Parse(text).RootElement;
    }

    /// <summary>Posts and reads an error that must come.</summary>
    public async Task<JsonElement> RefusedAsync(string path, string json, HttpStatusCode status = HttpStatusCode.BadRequest)
    {
        using HttpResponseMessage response = await PostAsync(path, json);
        string text = await response.Content.ReadAsStringAsync();
        Assert.True(response.StatusCode == status, $"{response.StatusCode}: {text} {string.Join('\n', Log)}");
        return JsonDocument.Parse(text).RootElement.GetProperty("error");
    }

    /// <summary>Posts and reads the events of a stream, as they are written.</summary>
    public async Task<IReadOnlyList<(string? Name, string Data)>> StreamAsync(string path, JsonNode body)
    {
        using HttpResponseMessage response = await PostAsync(path, body.ToJsonString());
        string text = await response.Content.ReadAsStringAsync();
        Assert.True(response.StatusCode == HttpStatusCode.OK, $"{text} {string.Join('\n', Log)}");
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType?.MediaType);
        Assert.EndsWith("\n\n", text, StringComparison.Ordinal);
        return
        [
            .. text.Split("\n\n", StringSplitOptions.RemoveEmptyEntries).Select(one =>
            {
                string[] lines = one.Split('\n');
                string? name = lines[0].StartsWith("event: ", StringComparison.Ordinal) ? lines[0]["event: ".Length..] : null;
                Assert.StartsWith("data: ", lines[^1], StringComparison.Ordinal);
                return (name, lines[^1]["data: ".Length..]);
            }),
        ];
    }

    /// <summary>Waits until a line of the metrics holds a text.</summary>
    public async Task WaitForAsync(string metric)
    {
        while (!(await Client.GetStringAsync("/metrics")).Contains(metric, StringComparison.Ordinal))
        {
            await Task.Delay(5);
        }
    }

    /// <summary>Writes bytes to a socket and reads what comes until the server closes it.</summary>
    public async Task<string> RawAsync(string request)
    {
        using TcpClient socket = new();
        await socket.ConnectAsync(IPAddress.Loopback, Address.Port);
        using NetworkStream stream = socket.GetStream();
        await stream.WriteAsync(Encoding.Latin1.GetBytes(request));
        using StreamReader reader = new(stream);
        using CancellationTokenSource limit = new(TimeSpan.FromSeconds(30));
        return await reader.ReadToEndAsync(limit.Token);
    }

    /// <summary>A chat of one question.</summary>
    public static JsonObject Chat(string text) => new()
    {
        ["model"] = Model,
        ["messages"] = new JsonArray(new JsonObject { ["role"] = "user", ["content"] = text }),
    };

    /// <summary>A chat about a sample of the pocket model, sent as bytes.</summary>
    public static JsonObject ChatAbout(string file, string text)
    {
        string data = Convert.ToBase64String(File.ReadAllBytes(Fixture.Pocket("samples", file)));
        JsonObject part = file.EndsWith(".png", StringComparison.Ordinal)
            ? new JsonObject { ["type"] = "image_url", ["image_url"] = new JsonObject { ["url"] = $"data:image/png;base64,{data}" } }
            : new JsonObject { ["type"] = "input_audio", ["input_audio"] = new JsonObject { ["data"] = data, ["format"] = "wav" } };
        JsonObject chat = Chat("");
        chat["messages"]![0]!["content"] = new JsonArray(part, new JsonObject { ["type"] = "text", ["text"] = text });
        return chat;
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _app.DisposeAsync();
    }
}
