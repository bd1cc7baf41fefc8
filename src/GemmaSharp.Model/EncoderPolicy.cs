namespace GemmaSharp.Model;

/// <summary>When the weights of the image and audio encoders are in memory. They are checked when the model is loaded, whatever the policy.</summary>
public enum EncoderPolicy
{
    /// <summary>From the first picture or clip on.</summary>
    Lazy,

    /// <summary>Always.</summary>
    Keep,

    /// <summary>Only while something is encoded.</summary>
    Drop,
}
