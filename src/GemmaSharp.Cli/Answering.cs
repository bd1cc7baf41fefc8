namespace GemmaSharp.Cli;

/// <summary>A conversation whose answers go to stdout as they come; notices and figures go to the screen.</summary>
internal sealed class Answering(GemmaEngine engine, GenerationOptions options, Screen screen, TextWriter output) : IDisposable
{
    private GenerationOptions _options = options;
    private ChatSession _session = engine.CreateSession();

    /// <summary>Figures of the last answer; empty before the first.</summary>
    public IReadOnlyList<(string Name, string Value)> Figures { get; private set; } = [];

    public IReadOnlyList<ChatMessage> History => _session.History;

    /// <summary>Standing instructions, or null.</summary>
    public string? System { get; private set; }

    /// <summary>The slices that answers may be asked of, in a line, and the one in use.</summary>
    public string Slices => $"{_options.Slice ?? engine.SliceNames[0]} answers; there are {string.Join(", ", engine.SliceNames.Select(name => $"'{name}'"))}";

    /// <summary>Lets a slice of the model answer from now on; the conversation goes on.</summary>
    /// <returns>What to tell of it.</returns>
    /// <exception cref="InvalidDataException">There is no such slice.</exception>
    public string Use(string slice)
    {
        engine.CheckSlice(slice);
        _options = _options with { Slice = slice };
        return $"{slice} answers from now on; it reads the conversation anew.";
    }

    /// <summary>Forgets the conversation and sets standing instructions for the next one.</summary>
    public void Restart(string? system)
    {
        _session.Dispose();
        _session = engine.CreateSession();
        System = system;
        if (system is not null)
        {
            _session.Add(ChatMessage.System(system));
        }
    }

    /// <summary>Writes the answer to a message; an error or a cancelled token before its first text leaves the output untouched.</summary>
    /// <param name="message">The user's turn.</param>
    /// <param name="cancel">Stops the answer.</param>
    /// <param name="begin">Called once, when the prompt is taken and the answer begins.</param>
    public async Task AnswerAsync(ChatMessage message, CancellationToken cancel, Action? begin = null)
    {
        bool open = false;
        GenerationUpdate? last = null;
        IAsyncEnumerator<GenerationUpdate> updates = _session.SendAsync(message, _options, cancel).GetAsyncEnumerator(cancel);
        await using (updates.ConfigureAwait(false))
        {
            try
            {
                while (await NextAsync(updates, open).ConfigureAwait(false))
                {
                    if (last is null)
                    {
                        begin?.Invoke();
                    }

                    last = updates.Current;
                    open |= last.Text.Length > 0;
                    await WriteAsync(last).ConfigureAwait(false);
                }

                open = true;
            }
            finally
            {
                if (open)
                {
                    await output.WriteLineAsync().ConfigureAwait(false);
                }
            }
        }

        Finish(last);
    }

    public void Dispose() => _session.Dispose();

    // Until the first text comes there may be much to compute.
    private Task<bool> NextAsync(IAsyncEnumerator<GenerationUpdate> updates, bool open)
    {
        Task<bool> next = updates.MoveNextAsync().AsTask();
        return open || next.IsCompleted ? next : screen.WaitAsync("reading", next);
    }

    private async Task WriteAsync(GenerationUpdate update)
    {
        if (update.Notice is not null)
        {
            screen.Notice(update.Notice);
        }

        await output.WriteAsync(Console.IsOutputRedirected ? update.Text : Visible(update.Text)).ConfigureAwait(false);
        await output.FlushAsync().ConfigureAwait(false);
    }

    // A model's text moves no cursor and rings no bell.
    private static string Visible(string text) => text.Any(IsHidden) ? string.Concat(text.Where(one => !IsHidden(one))) : text;

    private static bool IsHidden(char one) => char.IsControl(one) && one is not ('\n' or '\t');

    private void Finish(GenerationUpdate? last)
    {
        if (last?.Usage is not Usage usage)
        {
            return;
        }

        Figures = Statistics.Describe(usage, _session.CacheBytes);
        if (last.FinishReason == FinishReason.Length)
        {
            bool full = usage.PromptTokens + usage.CompletionTokens >= engine.ContextLength;
            screen.Notice($"the answer is cut after {usage.CompletionTokens} tokens: {(full ? $"the context of {engine.ContextLength} is full" : "--max-tokens is reached")}");
        }
    }
}
