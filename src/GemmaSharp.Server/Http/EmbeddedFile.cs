using Microsoft.AspNetCore.Http;

namespace GemmaSharp.Server.Http;

/// <summary>A file that is part of the program.</summary>
internal sealed class EmbeddedFile
{
    private readonly byte[] _bytes;
    private readonly string _type;

    private EmbeddedFile(byte[] bytes, string type) => (_bytes, _type) = (bytes, type);

    /// <summary>The file of this name.</summary>
    /// <param name="name">Its name in the assembly.</param>
    /// <param name="type">Its content type.</param>
    public static EmbeddedFile Read(string name, string type)
    {
        using Stream stream = typeof(EmbeddedFile).Assembly.GetManifestResourceStream(name) ?? throw new InvalidOperationException($"{name} is not part of the assembly");
        byte[] bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return new EmbeddedFile(bytes, type);
    }

    /// <summary>Answers with it.</summary>
    public Task WriteAsync(HttpContext http)
    {
        http.Response.ContentType = _type;
        http.Response.ContentLength = _bytes.Length;
        return http.Response.Body.WriteAsync(_bytes, http.RequestAborted).AsTask();
    }
}
