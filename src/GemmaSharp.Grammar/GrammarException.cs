namespace GemmaSharp.Grammar;

/// <summary>A grammar that cannot be had, or a text that it refuses; the message is one line: where, what was found, what is expected.</summary>
public sealed class GrammarException : Exception
{
    /// <summary>An error without details.</summary>
    public GrammarException()
    {
    }

    /// <summary>An error with its line.</summary>
    public GrammarException(string message)
        : base(message)
    {
    }

    /// <summary>An error with its line and its cause.</summary>
    public GrammarException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
