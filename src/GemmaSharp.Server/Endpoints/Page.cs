using GemmaSharp.Server.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;

namespace GemmaSharp.Server.Endpoints;

/// <summary>GET /: the page to talk to the model, and its parts. The browser is told to take nothing from any other host.</summary>
internal static class Page
{
    private const string Policy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data: blob:; media-src data: blob:; "
        + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private static readonly (string Path, string Type)[] Files =
    [
        ("/", "text/html"), ("/page.css", "text/css"), ("/page.js", "text/javascript"), ("/markdown.js", "text/javascript"), ("/chats.js", "text/javascript"), ("/media.js", "text/javascript"),
    ];

    /// <summary>The paths that need no key: a browser asks for them before one can be typed.</summary>
    public static IEnumerable<string> Paths => Files.Select(file => file.Path);

    public static void Map(IEndpointRouteBuilder routes, ServerParts server)
    {
        foreach ((string path, string type) in Files)
        {
            EmbeddedFile file = EmbeddedFile.Read(path == "/" ? "page.html" : path[1..], $"{type}; charset=utf-8");
            routes.MapGet(path, http =>
            {
                http.Response.Headers.ContentSecurityPolicy = Policy;
                http.Response.Headers["Referrer-Policy"] = "no-referrer";
                return file.WriteAsync(http);
            });
        }
    }
}
