using System.Text;

namespace GemmaSharp.Tests.Library.Generation;

/// <summary>Sessions that answer at the same time: each as if it were alone, whatever happens to the others.</summary>
public sealed class AnswersAtOnceTests : IDisposable
{
    private const int Sessions = 6;
    private readonly GemmaEngine _engine = GemmaEngine.Load(Fixture.Pocket(), new EngineOptions { Threads = 2 });

    public void Dispose() => _engine.Dispose();

    [Fact]
    public async Task SendAsync_ManySessions_EachAnswersAsAlone()
    {
        string[] alone = new string[Sessions];
        for (int at = 0; at < Sessions; at++)
        {
            alone[at] = await AnswerAsync(at);
        }

        string[] together = await Task.WhenAll(Enumerable.Range(0, Sessions).Select(AnswerAsync));

        Assert.Equal(alone, together);
        Assert.Equal(Sessions, alone.Distinct().Count());
    }

    [Fact]
    public async Task SendAsync_OneCancelledOneThatIsTooLong_OthersAnswerAsAlone()
    {
        string alone = await AnswerAsync(1);
        using ChatSession cancelled = _engine.CreateSession(), tooLong = _engine.CreateSession();
        using CancellationTokenSource cancel = new();
        Task<string> first = AnswerAsync(1), second = AnswerAsync(1);
        Task refused = Assert.ThrowsAsync<InvalidDataException>(() => ReadAsync(tooLong, string.Concat(Enumerable.Repeat("word ", 2 * _engine.ContextLength)), Options(2)));
        Task ended = Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (GenerationUpdate update in cancelled.SendAsync(ChatMessage.User("Hello!"), Options(3), cancel.Token))
            {
                await cancel.CancelAsync();
            }
        });
        await Task.WhenAll(first, second, refused, ended);

        Assert.Equal([alone, alone], [await first, await second]);
        Assert.Equal(alone, await ReadAsync(cancelled, Question(1), Options(1)));
    }

    [Fact]
    public async Task SendAsync_OneWhoseReaderSleeps_OthersAnswerAsAlone()
    {
        string alone = await AnswerAsync(4);
        using ChatSession asleep = _engine.CreateSession();
        IAsyncEnumerator<GenerationUpdate> unread = asleep.SendAsync(ChatMessage.User("Hello!"), Options(5) with { MaxTokens = 1000 }).GetAsyncEnumerator();
        Assert.True(await unread.MoveNextAsync());

        string[] together = await Task.WhenAll(AnswerAsync(4), AnswerAsync(4));

        Assert.Equal([alone, alone], together);
        await unread.DisposeAsync();
    }

    [Fact]
    public async Task Dispose_OfTheEngine_EndsAllThatWait()
    {
        GemmaEngine engine = GemmaEngine.Load(Fixture.Pocket(), new EngineOptions { Threads = 1 });
        ChatSession[] sessions = [.. Enumerable.Range(0, Sessions).Select(_ => engine.CreateSession())];
        using CountdownEvent begun = new(Sessions);
        Task[] answers = [.. sessions.Select((session, at) => Assert.ThrowsAsync<ObjectDisposedException>(async () =>
        {
            bool first = true;
            await foreach (GenerationUpdate update in session.SendAsync(ChatMessage.User(Question(at)), Options(at) with { MaxTokens = 3000 }))
            {
                if (first)
                {
                    begun.Signal();
                    first = false;
                }
            }
        }))];

        await Task.Run(begun.Wait);
        engine.Dispose();

        await Task.WhenAll(answers);
        Array.ForEach(sessions, session => session.Dispose());
    }

    private static string Question(int at) => at % 2 == 0 ? $"What is {at}?" : string.Concat(Enumerable.Repeat($"Tell me about {at}. ", 20 * at));

    // Hot, and never the end of a turn, so that answers are long and differ.
    private static GenerationOptions Options(int seed) => new()
    {
        Temperature = 2, TopK = 0, TopP = 1, Seed = (ulong)seed, MaxTokens = 60, LogitBias = new Dictionary<int, float> { [1] = -100, [9] = -100 },
    };

    private async Task<string> AnswerAsync(int at)
    {
        using ChatSession session = _engine.CreateSession();
        return await ReadAsync(session, Question(at), Options(at));
    }

    private static async Task<string> ReadAsync(ChatSession session, string question, GenerationOptions options)
    {
        StringBuilder ids = new();
        await foreach (GenerationUpdate update in session.SendAsync(ChatMessage.User(question), options))
        {
            ids.Append(update.TokenId).Append(' ');
        }

        return ids.ToString();
    }
}
