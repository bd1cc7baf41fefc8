using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;

namespace GemmaSharp.Server.Http;

/// <summary>Server-sent events. Headers are sent with the first; a client that does not read holds its own answer up and nobody else's.</summary>
internal sealed class EventStream(HttpContext http, Action<string> log)
{
    public const string ContentType = "text/event-stream";

    /// <summary>Sends events as they are made; what goes wrong after the first becomes an event too.</summary>
    public async Task SendAsync(Func<EventStream, Task> send)
    {
        http.Response.ContentType = ContentType;
        http.Response.Headers["X-Accel-Buffering"] = "no";
        try
        {
            await send(this).ConfigureAwait(false);
        }
        catch (Exception error) when (http.Response.HasStarted && !http.RequestAborted.IsCancellationRequested)
        {
            ApiException told = error is OperationCanceledException ? ApiException.Unavailable("the server is shutting down") : ErrorAnswer.Told(error);
            if (ErrorAnswer.Foreseen(error) is null && error is not OperationCanceledException)
            {
                log($"{error}");
            }

            await WriteAsync(http, "error", ErrorAnswer.Body(http, told)).ConfigureAwait(false);
        }
    }

    /// <summary>Ends a stream that another wrote, maybe amid an event: the blank line ends that one.</summary>
    public static async Task EndAsync(HttpContext http, ApiException error)
    {
        await http.Response.Body.WriteAsync("\n\n"u8.ToArray(), http.RequestAborted).ConfigureAwait(false);
        await WriteAsync(http, "error", ErrorAnswer.Body(http, error)).ConfigureAwait(false);
    }

    /// <summary>Sends a value.</summary>
    public Task SendAsync<T>(T value, JsonTypeInfo<T> type, string? name = null) => WriteAsync(http, name, JsonSerializer.SerializeToUtf8Bytes(value, type));

    /// <summary>The mark that OpenAI's streams end with.</summary>
    public Task DoneAsync() => WriteAsync(http, null, "[DONE]"u8.ToArray());

    private static async Task WriteAsync(HttpContext http, string? name, byte[] data)
    {
        using MemoryStream text = new(data.Length + 64);
        if (name is not null)
        {
            text.Write(Encoding.UTF8.GetBytes($"event: {name}\n"));
        }

        text.Write("data: "u8);
        text.Write(data);
        text.Write("\n\n"u8);
        await http.Response.Body.WriteAsync(text.GetBuffer().AsMemory(0, (int)text.Length), http.RequestAborted).ConfigureAwait(false);
        await http.Response.Body.FlushAsync(http.RequestAborted).ConfigureAwait(false);
    }
}
