using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;

namespace GemmaSharp.Server.Http;

/// <summary>JSON as a whole answer.</summary>
internal static class JsonAnswer
{
    public static Task WriteAsync<T>(this HttpResponse response, T value, JsonTypeInfo<T> type)
    {
        response.ContentType = "application/json";
        byte[] body = JsonSerializer.SerializeToUtf8Bytes(value, type);
        response.ContentLength = body.Length;
        return response.Body.WriteAsync(body, response.HttpContext.RequestAborted).AsTask();
    }
}
