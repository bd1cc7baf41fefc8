namespace GemmaSharp.Weights;

/// <summary>A checkpoint that cannot be used; the message says in one line what, where, what was found and what was expected.</summary>
public sealed class WeightException : Exception
{
    /// <summary>An error without details.</summary>
    public WeightException()
    {
    }

    /// <summary>An error with its line.</summary>
    public WeightException(string message)
        : base(message)
    {
    }

    /// <summary>An error with its line and its cause.</summary>
    public WeightException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
