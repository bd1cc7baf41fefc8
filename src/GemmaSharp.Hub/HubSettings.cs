namespace GemmaSharp.Hub;

/// <summary>Where the hub and its cache are, by the variables that every tool of the hub knows.</summary>
public sealed record HubSettings
{
    private const string DefaultEndpoint = "https://huggingface.co";

    /// <summary>HF_ENDPOINT: the hub.</summary>
    public required Uri Endpoint { get; init; }

    /// <summary>HF_HUB_CACHE: the folder of downloaded repositories.</summary>
    public required string CacheFolder { get; init; }

    /// <summary>HF_TOKEN or the token file; null without one. It goes to the endpoint alone.</summary>
    public string? Token { get; init; }

    /// <summary>HF_HUB_OFFLINE: nothing is asked of the hub, the cache alone answers.</summary>
    public bool Offline { get; init; }

    /// <summary>Reads this process's environment.</summary>
    /// <exception cref="HubException">HF_ENDPOINT is no address.</exception>
    public static HubSettings FromEnvironment() => From(Environment.GetEnvironmentVariable);

    /// <summary>Reads variables from any source.</summary>
    internal static HubSettings From(Func<string, string?> variable)
    {
        string? Value(string name) => variable(name) is { Length: > 0 } value ? value : null;
        string profile = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        string home = Value("HF_HOME") ?? Path.Combine(Value("XDG_CACHE_HOME") ?? Path.Combine(profile, ".cache"), "huggingface");
        string endpoint = Value("HF_ENDPOINT") ?? DefaultEndpoint;
        return new HubSettings
        {
            Endpoint = Uri.TryCreate(endpoint.TrimEnd('/') + "/", UriKind.Absolute, out Uri? address) && address.Scheme is "http" or "https"
                ? address
                : throw new HubException($"HF_ENDPOINT is '{endpoint}', an http or https address expected"),
            CacheFolder = Value("HF_HUB_CACHE") ?? Path.Combine(home, "hub"),
            Token = Value("HF_TOKEN") ?? Value("HUGGING_FACE_HUB_TOKEN") ?? ReadToken(Value("HF_TOKEN_PATH") ?? Path.Combine(home, "token")),
            Offline = Value("HF_HUB_OFFLINE")?.ToUpperInvariant() is "1" or "ON" or "YES" or "TRUE",
        };
    }

    private static string? ReadToken(string file)
    {
        try
        {
            return File.Exists(file) && File.ReadAllText(file).Trim() is { Length: > 0 } token ? token : null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new HubException($"{file}: the token cannot be read: {error.Message}", error);
        }
    }
}
