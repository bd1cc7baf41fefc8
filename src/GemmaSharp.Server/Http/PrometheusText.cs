using System.Globalization;
using System.Text;

namespace GemmaSharp.Server.Http;

/// <summary>The lines of Prometheus' text form.</summary>
internal static class PrometheusText
{
    /// <summary>A metric that is one number.</summary>
    public static void One(StringBuilder text, string name, string type, string help, long value)
    {
        Head(text, name, type, help);
        text.Append(CultureInfo.InvariantCulture, $"{name} {value}\n");
    }

    /// <summary>What stands before a metric's numbers.</summary>
    public static void Head(StringBuilder text, string name, string type, string help) => text.Append(CultureInfo.InvariantCulture, $"# HELP {name} {help}\n# TYPE {name} {type}\n");

    /// <summary>Answers with a text of such lines.</summary>
    public static Task WriteAsync(Microsoft.AspNetCore.Http.HttpResponse response, string text)
    {
        response.ContentType = "text/plain; version=0.0.4; charset=utf-8";
        return response.Body.WriteAsync(Encoding.UTF8.GetBytes(text), response.HttpContext.RequestAborted).AsTask();
    }
}
