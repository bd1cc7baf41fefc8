using System.Net;
using Microsoft.AspNetCore.Http;

namespace GemmaSharp.Server.Http;

/// <summary>What every request passes first: errors become bodies; host, origin and key are checked.</summary>
/// <param name="options">Who may ask.</param>
/// <param name="listen">Where the server listens.</param>
/// <param name="log">Takes one line for each error that nobody foresaw.</param>
internal sealed class Guard(ListeningOptions options, ListenAddress listen, Action<string> log)
{
    private readonly HostCheck _hosts = new(options, listen);
    private readonly Origins _origins = new(options.CorsOrigins);
    private readonly ApiKeys _keys = new(options.ApiKeys);

    public async Task InvokeAsync(HttpContext http, RequestDelegate next)
    {
        try
        {
            await PassAsync(http, next).ConfigureAwait(false);
        }
        catch (Exception) when (http.RequestAborted.IsCancellationRequested)
        {
            http.Abort(); // nobody is there to read an answer
        }
        catch (Exception error) when (error is OperationCanceledException || !http.Response.HasStarted)
        {
            ApiException told = error is OperationCanceledException ? ApiException.Unavailable("the server is shutting down") : ErrorAnswer.Told(error);
            if (told.Status == HttpStatusCode.InternalServerError)
            {
                log($"{error.GetType().Name}: {error.Message}".ReplaceLineEndings(" ") + $" {error.StackTrace}");
            }

            if (http.Response.HasStarted)
            {
                http.Abort();
                return;
            }

            await ErrorAnswer.WriteAsync(http, told).ConfigureAwait(false);
        }
    }

    private async Task PassAsync(HttpContext http, RequestDelegate next)
    {
        http.Response.Headers.XContentTypeOptions = "nosniff";
        http.Response.Headers.CacheControl = "no-store";
        _hosts.Check(http.Request);
        if (_origins.Answer(http))
        {
            return;
        }

        http.Items[ApiKeys.OwnerItem] = _keys.Check(http.Request);
        await next(http).ConfigureAwait(false);
        if (http.Response is { HasStarted: false, StatusCode: StatusCodes.Status404NotFound, ContentType: null })
        {
            throw ApiException.NotFound($"nothing is at {http.Request.Path}; /openapi.json lists what is");
        }

        if (http.Response is { HasStarted: false, StatusCode: StatusCodes.Status405MethodNotAllowed })
        {
            string allowed = http.Response.Headers.Allow.ToString();
            throw new ApiException(HttpStatusCode.MethodNotAllowed, $"{http.Request.Method} found at {http.Request.Path}, {allowed} expected");
        }
    }
}
