namespace GemmaSharp.Tokenization.Templates;

/// <summary>Why a template gave no text.</summary>
public enum TemplateProblem
{
    /// <summary>It is not well-formed.</summary>
    Syntax,

    /// <summary>It asked for something that is not there or does not go together.</summary>
    Runtime,

    /// <summary>It called raise_exception: the conversation does not suit it.</summary>
    Raised,

    /// <summary>It ran too long, too deep, or wrote too much.</summary>
    Limit,
}

/// <summary>A template that gave no text.</summary>
public sealed class TemplateException : Exception
{
    /// <summary>An error without details.</summary>
    public TemplateException()
    {
    }

    /// <summary>An error with its line.</summary>
    public TemplateException(string message)
        : base(message)
    {
    }

    /// <summary>An error with its line and its cause.</summary>
    public TemplateException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    internal TemplateException(TemplateProblem problem, string message)
        : base(message) => Problem = problem;

    /// <summary>What kind of problem it is.</summary>
    public TemplateProblem Problem { get; } = TemplateProblem.Runtime;
}
