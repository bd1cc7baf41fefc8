namespace GemmaSharp.Hub;

/// <summary>Something on the hub or in its cache cannot be had; the message says in one line what, where and what to do.</summary>
public sealed class HubException : Exception
{
    /// <summary>An error without details.</summary>
    public HubException()
    {
    }

    /// <summary>An error with its line.</summary>
    public HubException(string message)
        : base(message)
    {
    }

    /// <summary>An error with its line and its cause.</summary>
    public HubException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>Whether the hub could not be reached at all, so that the cache may answer instead.</summary>
    public bool IsUnreachable { get; init; }
}
