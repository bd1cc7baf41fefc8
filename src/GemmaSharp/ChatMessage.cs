using GemmaSharp.Media;
using GemmaSharp.Prompting;

namespace GemmaSharp;

/// <summary>A part of a message: text, a picture or a sound.</summary>
public sealed record ContentPart
{
    private ContentPart(string kind, string text, ReadOnlyMemory<byte> data) => (Kind, Value, Data) = (kind, text, data);

    /// <summary>"text", "image" or "audio".</summary>
    public string Kind { get; }

    /// <summary>The text, or the name of the picture or sound for messages.</summary>
    public string Value { get; }

    internal ReadOnlyMemory<byte> Data { get; }

    /// <summary>Text.</summary>
    public static ContentPart Text(string text) => new("text", text, default);

    /// <summary>A picture from a file.</summary>
    /// <exception cref="MediaException">The file is a video, or too large.</exception>
    public static ContentPart Image(string path) => new("image", path, MediaFile.Read(path));

    /// <summary>A picture from the bytes of a file.</summary>
    public static ContentPart Image(ReadOnlyMemory<byte> data, string name = "picture") => new("image", name, MediaFile.Check(data, name));

    /// <summary>A sound from a file.</summary>
    /// <exception cref="MediaException">The file is a video, or too large.</exception>
    public static ContentPart Audio(string path) => new("audio", path, MediaFile.Read(path));

    /// <summary>A sound from the bytes of a file.</summary>
    public static ContentPart Audio(ReadOnlyMemory<byte> data, string name = "sound") => new("audio", name, MediaFile.Check(data, name));
}

/// <summary>One turn of a conversation.</summary>
/// <param name="Role">"system", "user" or "assistant".</param>
/// <param name="Parts">What it holds, in order.</param>
public sealed record ChatMessage(string Role, IReadOnlyList<ContentPart> Parts)
{
    /// <summary>A user's turn; pictures and sounds stand before the text.</summary>
    public static ChatMessage User(string text, params IReadOnlyList<ContentPart> media) => new("user", [.. media, ContentPart.Text(text)]);

    /// <summary>Standing instructions; only the first message may hold them.</summary>
    public static ChatMessage System(string text) => new("system", [ContentPart.Text(text)]);

    /// <summary>A model's turn.</summary>
    public static ChatMessage Assistant(string text) => new("assistant", [ContentPart.Text(text)]);
}
