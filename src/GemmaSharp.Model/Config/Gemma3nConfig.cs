namespace GemmaSharp.Model.Config;

/// <summary>What config.json says of a Gemma 3n model.</summary>
public sealed record Gemma3nConfig
{
    /// <summary>The decoder.</summary>
    public required TextConfig Text { get; init; }

    /// <summary>The image side; null in a text-only model.</summary>
    public VisionConfig? Vision { get; init; }

    /// <summary>The audio side; null in a text-only model.</summary>
    public AudioConfig? Audio { get; init; }

    /// <summary>Ids that a prompt may hold; those of pictures and sounds may lie behind the text's.</summary>
    public int InputVocabSize => int.Max(Text.VocabSize, int.Max(Vision?.VocabOffset + Vision?.VocabSize ?? 0, Audio?.VocabOffset + Audio?.VocabSize ?? 0));

    /// <summary>Id at the beginning of every prompt.</summary>
    public int BosTokenId { get; init; }

    /// <summary>Ids that end an answer.</summary>
    public required IReadOnlyList<int> EosTokenIds { get; init; }

    /// <summary>Id before a picture's rows.</summary>
    public int BeginImageTokenId { get; init; }

    /// <summary>Id after a picture's rows.</summary>
    public int EndImageTokenId { get; init; }

    /// <summary>Placeholder of one row of a picture.</summary>
    public int ImageTokenId { get; init; }

    /// <summary>Id before a clip's rows.</summary>
    public int BeginAudioTokenId { get; init; }

    /// <summary>Id after a clip's rows.</summary>
    public int EndAudioTokenId { get; init; }

    /// <summary>Placeholder of one row of a clip.</summary>
    public int AudioTokenId { get; init; }

    /// <summary>Rows of every picture.</summary>
    public int ImageSoftTokenCount { get; init; }

    /// <summary>Rows of every clip, padding included.</summary>
    public int AudioSoftTokenCount { get; init; }
}

/// <summary>What the embedder of pictures needs; the tower itself is read from its tensors.</summary>
/// <param name="HiddenSize">Channels of the tower's output.</param>
/// <param name="RmsNormEpsilon">Epsilon of the embedder's norms.</param>
/// <param name="VocabOffset">First id of the image range.</param>
/// <param name="VocabSize">Ids in the range.</param>
public sealed record VisionConfig(int HiddenSize, float RmsNormEpsilon, int VocabOffset, int VocabSize);
