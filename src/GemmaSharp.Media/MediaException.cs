namespace GemmaSharp.Media;

/// <summary>What is wrong with a picture or a sound.</summary>
public enum MediaProblem
{
    /// <summary>No bytes.</summary>
    Empty,

    /// <summary>The bytes are no picture of a known kind.</summary>
    NotAnImage,

    /// <summary>The bytes are no sound of a known kind.</summary>
    NotAudio,

    /// <summary>Of a known kind, but damaged or cut short.</summary>
    Corrupt,

    /// <summary>Beyond the limits.</summary>
    TooLarge,

    /// <summary>A sound without samples.</summary>
    NoSamples,

    /// <summary>Too few samples for the model.</summary>
    TooShort,

    /// <summary>A codec that nothing here decodes.</summary>
    UnsupportedCodec,

    /// <summary>Samples that are no numbers.</summary>
    NotFinite,
}

/// <summary>A picture or sound that cannot be used; the message is one line: which, what was found, what is expected.</summary>
public sealed class MediaException : Exception
{
    /// <summary>An error without details.</summary>
    public MediaException()
    {
    }

    /// <summary>An error with its line.</summary>
    public MediaException(string message)
        : base(message)
    {
    }

    /// <summary>An error with its line and its cause.</summary>
    public MediaException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>An error of a kind, with its line.</summary>
    public MediaException(MediaProblem problem, string message)
        : base(message) => Problem = problem;

    /// <summary>The kind of problem.</summary>
    public MediaProblem Problem { get; } = MediaProblem.Corrupt;
}
