using System.Net;
using System.Text.Json;
using GemmaSharp.Media;
using GemmaSharp.Server.Contracts;
using GemmaSharp.Server.Json;
using Microsoft.AspNetCore.Http;

namespace GemmaSharp.Server.Http;

/// <summary>Exceptions to statuses and to error bodies; the one place where that is decided.</summary>
internal static class ErrorAnswer
{
    /// <summary>The refusal that an exception stands for; null for one that nobody foresaw.</summary>
    public static ApiException? Foreseen(Exception error) => error switch
    {
        ApiException refused => refused,
        BadHttpRequestException bad => new ApiException((HttpStatusCode)bad.StatusCode, Line(bad)),
        JsonException json => ApiException.Bad($"the body is not the JSON expected: {Line(json)}"),
        MediaException media => ApiException.Bad(Line(media), code: media.Problem == MediaProblem.TooLarge ? "media_too_large" : "invalid_media"),
        InvalidDataException or ArgumentException => ApiException.Bad(Line(error)),
        ObjectDisposedException => ApiException.Unavailable("the server is shutting down"),
        _ => null,
    };

    /// <summary>What a client is told of an exception.</summary>
    public static ApiException Told(Exception error) => Foreseen(error) ?? new ApiException(HttpStatusCode.InternalServerError, "an error of the server; its log says more");

    /// <summary>Writes the answer in the shape that the path's clients expect.</summary>
    public static Task WriteAsync(HttpContext http, ApiException error)
    {
        // What the guard has written stays: a listed site's page may read errors too.
        byte[] body = Body(http, error);
        http.Response.StatusCode = (int)error.Status;
        http.Response.ContentType = "application/json";
        http.Response.ContentLength = body.Length;
        if (error.RetryAfter is int seconds)
        {
            http.Response.Headers.RetryAfter = $"{seconds}";
        }

        if (error.Status == HttpStatusCode.Unauthorized)
        {
            http.Response.Headers.WWWAuthenticate = "Bearer";
        }

        return http.Response.Body.WriteAsync(body, http.RequestAborted).AsTask();
    }

    /// <summary>The body alone, for streams that have begun.</summary>
    public static byte[] Body(HttpContext http, ApiException error) => http.Request.Path.StartsWithSegments("/v1/messages", StringComparison.Ordinal)
        ? JsonSerializer.SerializeToUtf8Bytes(new AnthropicError(new AnthropicErrorDetail(Type(error.Status), error.Message)), ApiJson.Default.AnthropicError)
        : JsonSerializer.SerializeToUtf8Bytes(new ErrorBody(new ErrorDetail(error.Message, Type(error.Status), error.Parameter, error.Code)), ApiJson.Default.ErrorBody);

    private static string Type(HttpStatusCode status) => status switch
    {
        HttpStatusCode.Unauthorized => "authentication_error",
        HttpStatusCode.Forbidden => "permission_error",
        HttpStatusCode.NotFound => "not_found_error",
        HttpStatusCode.TooManyRequests => "rate_limit_error",
        >= HttpStatusCode.InternalServerError => "server_error",
        _ => "invalid_request_error",
    };

    private static string Line(Exception error) => error is ArgumentException { ParamName: string name }
        ? error.Message.Replace($" (Parameter '{name}')", "", StringComparison.Ordinal).ReplaceLineEndings(" ")
        : error.Message.ReplaceLineEndings(" ");
}
