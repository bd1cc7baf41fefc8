namespace GemmaSharp;

/// <summary>How a model is loaded.</summary>
public sealed record EngineOptions
{
    /// <summary>Threads that compute an answer's tokens; 0 takes the machine's processors.</summary>
    public int Threads { get; init; }

    /// <summary>Threads that compute prompts, pictures and sounds; 0 takes the machine's processors, null as many as <see cref="Threads"/>.</summary>
    public int? PrefillThreads { get; init; }

    /// <summary>The most tokens of a conversation; null takes the model's limit.</summary>
    public int? ContextLength { get; init; }

    /// <summary>The projector of a GGUF model, the file with its image and audio towers; null takes one that lies beside it.</summary>
    public string? Projector { get; init; }

    /// <summary>
    /// Whether weights are read from read-only mappings of the model's files and not by handle. A file found shorter than when it was
    /// mapped gives a <see cref="Weights.WeightException"/>; on Unix one that is shortened in the instant between this check and the copy
    /// ends the process, which no managed program can prevent. Reading by handle has no such gap and was no slower where it was measured.
    /// </summary>
    public bool MapFiles { get; init; }

    /// <summary>
    /// Where the decoder's large Q8_0 matrices of a GGUF file are multiplied: "packed" (copied at load, which answers faster), "in-place" (from a read-only
    /// mapping, which starts faster and shares the file's memory with other processes), or both: null and "auto" start in place and pack, matrix by matrix, after the first answer's first token: whenever nothing has
    /// been computed for a quarter of a second, after a minute in any case, on one thread, while a quarter of a gigabyte of memory is left. A file on a network drive is packed at load; with <see cref="MemoryLimit"/>
    /// auto stays in place. What is stored otherwise, cut or quantised on the way is packed, and answers are the same. While a model is loaded in place its file must stay as it is: bytes
    /// that change change the answers, and a file found shorter before a pass gives a <see cref="Weights.WeightException"/>; one that is shortened in
    /// the midst of a pass ends the process on Unix. To replace the file, write another and rename it.
    /// </summary>
    public string? Weights { get; init; }

    /// <summary>
    /// The MatFormer slice to load: a name of the model's table, or the slice in words such as "ffn=16384x10,8192x20;skip=20-24" (widths of
    /// the layers that stay, in order; layers left out); null loads the whole model.
    /// </summary>
    public string? Slice { get; init; }

    /// <summary>A table of slices, CSV or JSON; null takes slices.csv or slices.json beside the model, or for the published E4B the table that comes with the program.</summary>
    public string? MatFormerTable { get; init; }

    /// <summary>
    /// Loads the largest slice with at most so many effective parameters (those that compute, so without the embedding tables): one of the
    /// table, or one between two of them, which <see cref="GemmaEngine.Choice"/> tells; null for what <see cref="Slice"/> says.
    /// </summary>
    public long? EffectiveParameters { get; init; }

    /// <summary>
    /// The most bytes that the process is to hold, by an estimate on the safe side and not by force. Slice, cache type, context and encoder policy are chosen so, as far as the options leave
    /// them open, and pictures and sounds are bounded; <see cref="GemmaEngine.Choice"/> tells what was chosen and the peak. Null leaves it to the model.
    /// </summary>
    public long? MemoryLimit { get; init; }

    /// <summary>Conversations at the same time whose caches <see cref="MemoryLimit"/> is to hold, 1 or more.</summary>
    public int Conversations { get; init; } = 1;

    /// <summary>
    /// When the weights of the image and audio encoders are in memory: keep (always), lazy (from the first picture or sound on) or drop (only
    /// while one is encoded); null takes lazy, or what <see cref="MemoryLimit"/> asks for. They are checked when the model is loaded in any case.
    /// </summary>
    public string? Encoders { get; init; }

    /// <summary>
    /// Quantises the decoder's matrices while they are loaded: 4, 5, 6 or 8 bits, or a type such as q4_k or q8_0; null leaves them as they
    /// are stored.
    /// </summary>
    public string? Quantization { get; init; }

    /// <summary>Quantises the large matrices of the image and audio encoders when they are read: q8_0, or null to leave them as they are stored.</summary>
    public string? EncoderQuantization { get; init; }

    /// <summary>How keys and values are cached: f32, f16, bf16 or q8_0; null takes f16 where weights are quantised and f32 where all are floats.</summary>
    public string? CacheType { get; init; }

    /// <summary>
    /// Bytes of keys and values that are kept for later conversations that begin alike, so that only the rest of their prompts is computed; 0 keeps
    /// none, null takes a quarter of the memory that is free once the model is loaded, or a part of what <see cref="MemoryLimit"/> leaves, at most 4 GB.
    /// </summary>
    public long? PrefixCacheBytes { get; init; } = 0;

    /// <summary>
    /// Whether a model that needs more memory than can be had is refused before it is loaded, with an <see cref="InsufficientMemoryException"/>
    /// that says what would fit.
    /// </summary>
    public bool ChecksMemory { get; init; } = true;

    /// <summary>The most pixels of a picture, looked at before it is decoded; 1 to 64 million.</summary>
    public int MaxImagePixels { get; init; } = 64_000_000;

    /// <summary>The longest sound in seconds, looked at before it is heard; 1 to 3600.</summary>
    public int MaxAudioSeconds { get; init; } = 3600;

    /// <summary>How the tokens of answers are drafted whose own options do not say it.</summary>
    public DraftOptions Draft { get; init; } = new();
}
