using System.Net;
using System.Text.Json;
using GemmaSharp.Server.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace GemmaSharp.Server.Http;

/// <summary>Reads JSON bodies, bounded one by one and all together.</summary>
internal sealed class RequestBody(ServerOptions options)
{
    private const int MaxDepth = 64;
    private long _held;

    /// <summary>Reads a body and what is to be made of it; its size counts until the request is answered.</summary>
    /// <param name="http">The request.</param>
    /// <param name="read">Takes the fields.</param>
    /// <param name="tellsWarnings">Whether the answer has a place for warnings; without one there are only errors.</param>
    public async Task<T> ReadAsync<T>(HttpContext http, Func<Fields, T> read, bool tellsWarnings = true)
    {
        CheckType(http.Request, "application/json");
        long size = http.Request.ContentLength ?? options.Limits.BodyBytes;
        http.Response.RegisterForDispose(Hold(size));
        using MemoryStream body = new(http.Request.ContentLength is long exact && exact <= options.Limits.BodyBytes ? (int)exact : 0);
        try
        {
            await http.Request.Body.CopyToAsync(body, http.RequestAborted).ConfigureAwait(false);
        }
        catch (Exception error) when (error is IOException and not BadHttpRequestException or OverflowException)
        {
            throw ApiException.Bad("the body is framed wrongly, or ends early");
        }

        JsonDocumentOptions strict = new() { MaxDepth = MaxDepth, AllowDuplicateProperties = false };
        using JsonDocument document = JsonDocument.Parse(new ReadOnlyMemory<byte>(body.GetBuffer(), 0, (int)body.Length), strict);
        Findings findings = new(options.Lenient && tellsWarnings);
        Fields fields = new(document.RootElement, "", findings);
        T request = read(fields);
        fields.Finish();
        http.Items[Findings.Item] = findings;
        return request;
    }

    /// <summary>Counts bytes that are about to be held.</summary>
    /// <exception cref="ApiException">Too many are held already.</exception>
    public IDisposable Hold(long size)
    {
        if (Interlocked.Add(ref _held, size) > options.Limits.AllBodyBytes && _held != size)
        {
            Interlocked.Add(ref _held, -size);
            throw new ApiException(HttpStatusCode.TooManyRequests, "too many bytes of other requests are held; try again later") { RetryAfter = 1, Code = "busy" };
        }

        return new Room(this, size);
    }

    /// <exception cref="ApiException">Another type, another encoding, or compressed.</exception>
    public static void CheckType(HttpRequest request, string expected)
    {
        bool known = MediaTypeHeaderValue.TryParse(request.ContentType, out MediaTypeHeaderValue? type) && type.MediaType.Equals(expected, StringComparison.OrdinalIgnoreCase)
            && (type.Charset.Length == 0 || type.Charset.Equals("utf-8", StringComparison.OrdinalIgnoreCase));
        if (!known)
        {
            throw new ApiException(HttpStatusCode.UnsupportedMediaType, $"content type {Shown(request.ContentType)} found, {expected} expected");
        }

        if (request.Headers.ContentEncoding.Count > 0 && request.Headers.ContentEncoding != "identity")
        {
            throw new ApiException(HttpStatusCode.UnsupportedMediaType, $"content encoding {Shown(request.Headers.ContentEncoding)} found, none expected");
        }
    }

    private static string Shown(string? found) => found is null ? "none" : $"'{(found.Length > 60 ? found[..60] : found)}'";

    private sealed class Room(RequestBody owner, long size) : IDisposable
    {
        public void Dispose() => Interlocked.Add(ref owner._held, -size);
    }
}
