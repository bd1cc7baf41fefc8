using GemmaSharp.Generation;
using GemmaSharp.Prompting;
using GemmaSharp.Server.Http;

namespace GemmaSharp.Server;

/// <summary>The model that is served, which may still be loading.</summary>
/// <param name="name">Its name in requests and answers.</param>
/// <param name="loading">The engine, when it is there; it belongs to the caller.</param>
internal sealed class ServedModel(string name, Task<GemmaEngine> loading)
{
    private volatile bool _ready;
    private volatile bool _retired;

    /// <summary>Its name in requests and answers.</summary>
    public string Name => name;

    /// <summary>When the server took it, in Unix seconds.</summary>
    public long Created { get; } = DateTimeOffset.UtcNow.ToUnixTimeSeconds();

    /// <summary>Whether it is loaded, has produced a token, and new requests are welcome.</summary>
    public bool IsReady => _ready && !_retired;

    /// <summary>The engine.</summary>
    /// <exception cref="ApiException">It is not loaded yet.</exception>
    public GemmaEngine Engine => loading.IsCompletedSuccessfully ? loading.Result : throw ApiException.Unavailable("the model is still loading");

    /// <summary>Bytes of keys and values that are kept for prompts that begin alike.</summary>
    public long PrefixBytes => loading.IsCompletedSuccessfully ? loading.Result.Prefixes?.Bytes ?? 0 : 0;

    /// <summary>Bytes of all keys and values.</summary>
    public long KeyValueBytes => loading.IsCompletedSuccessfully ? loading.Result.KeyValueBytes : 0;

    /// <summary>Waits for the engine and lets it produce a token.</summary>
    public async Task WarmUpAsync(CancellationToken cancel)
    {
        GemmaEngine engine = await loading.WaitAsync(cancel).ConfigureAwait(false);
        using Sequence sequence = new(engine);
        UpdateStream answer = new(stop => sequence.Generate(new Prompt(engine.Prompts.EncodeText("Hello"), []), new GenerationOptions { MaxTokens = 1 }, stop), cancel);
        await foreach (GenerationUpdate update in answer.ReadAsync(cancel).ConfigureAwait(false))
        {
            _ready |= update.TokenId is not null;
        }
    }

    /// <summary>Makes new requests unwelcome; they are answered still.</summary>
    public void Retire() => _retired = true;

    /// <summary>Checks the name that a request bears.</summary>
    public string? Refusal(string? asked) => asked is null || asked == name ? null : $"model '{asked}' is not served here; '{name}' is";
}
