namespace GemmaSharp.Server.Requests;

/// <summary>A part of a message as a client sent it: text, or where a picture or sound is.</summary>
/// <param name="Kind">"text", "image" or "audio".</param>
/// <param name="Path">Where it stands in the request; it is the part's name in messages.</param>
/// <param name="Text">The text, or null.</param>
internal sealed record PartRequest(string Kind, string Path, string? Text = null)
{
    /// <summary>Bytes that came with the request.</summary>
    public byte[]? Data { get; init; }

    /// <summary>An address to read bytes from.</summary>
    public Uri? Address { get; init; }
}

/// <summary>A message as a client sent it.</summary>
/// <param name="Role">"system", "user" or "assistant".</param>
/// <param name="Parts">Its parts, in order.</param>
internal sealed record MessageRequest(string Role, IReadOnlyList<PartRequest> Parts);

/// <summary>What every form of request comes to.</summary>
internal sealed record AnswerRequest
{
    /// <summary>The conversation.</summary>
    public IReadOnlyList<MessageRequest> Messages { get; init; } = [];

    /// <summary>Token ids of a prompt without the template; null for a conversation.</summary>
    public int[]? Ids { get; init; }

    /// <summary>Text of a prompt without the template; null for a conversation.</summary>
    public string? Text { get; init; }

    /// <summary>How to draw; its seed is that of the first answer.</summary>
    public GenerationOptions Options { get; init; } = new();

    /// <summary>How many answers.</summary>
    public int Choices { get; init; } = 1;

    /// <summary>Tools that may be called; none where null.</summary>
    public Tools.ToolSet? Tools { get; init; }

    /// <summary>Whether the answer comes in pieces.</summary>
    public bool Stream { get; init; }

    /// <summary>Whether counts follow the pieces.</summary>
    public bool IncludeUsage { get; init; }
}
