using System.Diagnostics;
using System.Globalization;

namespace GemmaSharp.Cli;

/// <summary>Writes answers to stdout as they come, and notices and statistics to stderr.</summary>
internal sealed class Answering : IDisposable
{
    private readonly GemmaEngine _engine;
    private readonly GenerationOptions _options;
    private readonly bool _verbose;
    private ChatSession _session;
    private string? _system;

    public Answering(GemmaEngine engine, GenerationOptions options, string? system, bool verbose)
    {
        _engine = engine;
        _options = options;
        _verbose = verbose;
        _system = system;
        _session = Start();
    }

    /// <summary>Statistics of the last answer.</summary>
    public string Statistics { get; private set; } = "no answer yet";

    public IReadOnlyList<ChatMessage> History => _session.History;

    public void Clear()
    {
        _session.Dispose();
        _session = Start();
    }

    public void SetSystem(string text)
    {
        _system = text.Length > 0 ? text : null;
        Clear();
    }

    public async Task AnswerAsync(ChatMessage message, CancellationToken cancel)
    {
        await foreach (GenerationUpdate update in _session.SendAsync(message, _options, cancel).ConfigureAwait(false))
        {
            if (update.Notice is not null)
            {
                await Console.Error.WriteLineAsync($"gemmasharp: {update.Notice}").ConfigureAwait(false);
            }

            await Console.Out.WriteAsync(update.Text).ConfigureAwait(false);
            await Console.Out.FlushAsync(cancel).ConfigureAwait(false);
            if (update.Usage is Usage usage)
            {
                Statistics = Describe(usage);
            }
        }

        await Console.Out.WriteLineAsync().ConfigureAwait(false);
        if (_verbose)
        {
            await Console.Error.WriteLineAsync(Statistics).ConfigureAwait(false);
        }
    }

    public void Dispose() => _session.Dispose();

    private ChatSession Start()
    {
        ChatSession session = _engine.CreateSession();
        if (_system is not null)
        {
            session.Add(ChatMessage.System(_system));
        }

        return session;
    }

    private string Describe(Usage usage)
    {
        int computed = usage.PromptTokens - usage.CachedTokens;
        double memory = Process.GetCurrentProcess().PeakWorkingSet64 / 1048576.0;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"prompt {usage.PromptTokens} tokens ({usage.CachedTokens} cached), {computed / usage.PrefillSeconds:F0} tokens/s; answer {usage.CompletionTokens} tokens, {usage.CompletionTokens / usage.DecodeSeconds:F0} tokens/s; media {usage.EncodeSeconds * 1000:F0} ms; cache {_session.CacheBytes / 1048576.0:F1} MB, peak memory {memory:F0} MB");
    }
}
