using Microsoft.AspNetCore.Http;

namespace GemmaSharp.Server.Http;

/// <summary>Which other sites' pages may ask: none unless listed.</summary>
internal sealed class Origins(IReadOnlyList<string> listed)
{
    /// <summary>Writes the headers of a listed origin; true where the request was only a question whether it may ask.</summary>
    public bool Answer(HttpContext http)
    {
        string? origin = http.Request.Headers.Origin;
        if (origin is null || !(listed.Contains(origin) || listed.Contains("*")))
        {
            return false;
        }

        IHeaderDictionary headers = http.Response.Headers;
        headers.AccessControlAllowOrigin = origin;
        headers.Vary = "Origin";
        if (!HttpMethods.IsOptions(http.Request.Method) || http.Request.Headers.AccessControlRequestMethod.Count == 0)
        {
            return false;
        }

        headers.AccessControlAllowMethods = "GET, POST, DELETE";
        headers.AccessControlAllowHeaders = "Authorization, Content-Type, X-Api-Key, Anthropic-Version";
        headers.AccessControlMaxAge = "600";
        http.Response.StatusCode = StatusCodes.Status204NoContent;
        return true;
    }
}
