using System.Net;

namespace GemmaSharp.Server.Http;

/// <summary>A request that is refused; the message is one line for the client.</summary>
internal sealed class ApiException(HttpStatusCode status, string message) : Exception(message)
{
    public HttpStatusCode Status => status;

    /// <summary>The field that is wrong, as a path; null where none is.</summary>
    public string? Parameter { get; init; }

    /// <summary>A word for programs; null where the type says enough.</summary>
    public string? Code { get; init; }

    /// <summary>Seconds after which another try makes sense.</summary>
    public int? RetryAfter { get; init; }

    public static ApiException Bad(string message, string? parameter = null, string? code = null) =>
        new(HttpStatusCode.BadRequest, message) { Parameter = parameter, Code = code };

    public static ApiException Unavailable(string message) => new(HttpStatusCode.ServiceUnavailable, message) { RetryAfter = 2, Code = "unavailable" };

    public static ApiException NotFound(string message, string? code = null) => new(HttpStatusCode.NotFound, message) { Code = code };
}
