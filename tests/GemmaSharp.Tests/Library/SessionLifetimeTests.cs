namespace GemmaSharp.Tests.Library;

/// <summary>Answers that are cancelled, sessions and engines that go away meanwhile, and sessions side by side.</summary>
public sealed class SessionLifetimeTests : IDisposable
{
    private const string Scene = "A small yellow cross at the bottom right.";
    private static readonly GenerationOptions Endless = new() { Temperature = 2, LogitBias = new Dictionary<int, float> { [1] = -100, [9] = -100 }, Seed = 3 };
    private readonly GemmaEngine _engine = GemmaEngine.Load(Fixture.Pocket());

    public void Dispose() => _engine.Dispose();

    [Fact]
    public async Task SendAsync_CancelledInTheMiddle_SessionAnswersTheNextQuestion()
    {
        using ChatSession session = _engine.CreateSession();
        using CancellationTokenSource cancel = new();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (GenerationUpdate update in session.SendAsync(ChatMessage.User("Good morning!"), Endless, cancel.Token))
            {
                await cancel.CancelAsync();
            }
        });

        Assert.Empty(session.History);
        Assert.Equal(Scene, await AskAsync(session, SceneQuestion()));
        Assert.Equal(2, session.History.Count);
    }

    [Fact]
    public async Task SendAsync_ReaderLeavesTheLoop_AnswerEndsAndSessionGoesOn()
    {
        using ChatSession session = _engine.CreateSession();

        await foreach (GenerationUpdate update in session.SendAsync(ChatMessage.User("Good morning!"), Endless))
        {
            break;
        }

        Assert.Equal(Scene, await AskAsync(session, SceneQuestion()));
    }

    [Fact]
    public async Task SendAsync_ReaderLeavesAfterTheEndIsMade_HistoryKeepsWhatWasRead()
    {
        using ChatSession session = _engine.CreateSession();

        await foreach (GenerationUpdate update in session.SendAsync(ChatMessage.User("Good morning!"), Endless with { MaxTokens = 4 }))
        {
            // The rest is made meanwhile; with less time than this the test still passes, it only shows less.
            await Task.Delay(200);
            break;
        }

        Assert.Empty(session.History);
        Assert.Equal(Scene, await AskAsync(session, SceneQuestion()));
    }

    [Fact]
    public async Task SendAsync_CancelledBefore_NothingIsComputed()
    {
        using ChatSession session = _engine.CreateSession();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => AskAsync(session, SceneQuestion(), new CancellationToken(canceled: true)));

        Assert.Equal(0, session.CacheBytes);
    }

    [Fact]
    public async Task Dispose_AfterAnAnswer_GivesTheCacheBack()
    {
        ChatSession session = _engine.CreateSession();
        await AskAsync(session, SceneQuestion());
        long before = session.CacheBytes;

        session.Dispose();

        Assert.InRange(before, 1, long.MaxValue);
        Assert.Equal(0, session.CacheBytes);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => AskAsync(session, SceneQuestion()));
    }

    [Fact]
    public async Task Dispose_WhileAnswering_EndsTheAnswerAndGivesTheCacheBack()
    {
        ChatSession session = _engine.CreateSession();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (GenerationUpdate update in session.SendAsync(ChatMessage.User("Good morning!"), Endless))
            {
                session.Dispose();
                Assert.Equal(0, session.CacheBytes);
            }
        });

        Assert.Equal(0, session.CacheBytes);
        using ChatSession next = _engine.CreateSession();
        Assert.Equal(Scene, await AskAsync(next, SceneQuestion()));
    }

    [Fact]
    public async Task Dispose_OfTheEngineWhileAnswering_AnErrorAndNotACrash()
    {
        GemmaEngine engine = GemmaEngine.Load(Fixture.Pocket());
        using ChatSession session = engine.CreateSession();

        await Assert.ThrowsAsync<ObjectDisposedException>(async () =>
        {
            await foreach (GenerationUpdate update in session.SendAsync(ChatMessage.User("Good morning!"), Endless))
            {
                engine.Dispose();
            }
        });
    }

    [Fact]
    public async Task SendAsync_TwoSessionsTokenByToken_EachKeepsItsOwnMedia()
    {
        using ChatSession seeing = _engine.CreateSession(), hearing = _engine.CreateSession();
        string speech = await AskAsync(hearing, SpeechQuestion());
        hearing.Clear();

        await using IAsyncEnumerator<GenerationUpdate> first = seeing.SendAsync(SceneQuestion()).GetAsyncEnumerator();
        await using IAsyncEnumerator<GenerationUpdate> second = hearing.SendAsync(SpeechQuestion()).GetAsyncEnumerator();
        string seen = "", heard = "";
        bool more = true;
        while (more)
        {
            bool firstMore = await first.MoveNextAsync(), secondMore = await second.MoveNextAsync();
            seen += firstMore ? first.Current.Text : "";
            heard += secondMore ? second.Current.Text : "";
            more = firstMore || secondMore;
        }

        Assert.Equal(Scene, seen);
        Assert.Equal(speech, heard);
        Assert.NotEqual(seen, heard);
    }

    [Fact]
    public async Task SendAsync_TwoMessagesToOneSession_AnsweredOneAfterTheOther()
    {
        using ChatSession session = _engine.CreateSession();

        string[] answers = await Task.WhenAll(AskAsync(session, SceneQuestion()), AskAsync(session, SceneQuestion()));

        Assert.Equal([Scene, Scene], answers);
        Assert.Equal(4, session.History.Count);
    }

    private static ChatMessage SceneQuestion() => ChatMessage.User("Describe the image.", ContentPart.Image(Fixture.Pocket("samples", "scene-0.png")));

    private static ChatMessage SpeechQuestion() => ChatMessage.User("Transcribe the audio.", ContentPart.Audio(Fixture.Pocket("samples", "speech-0.wav")));

    private static async Task<string> AskAsync(ChatSession session, ChatMessage message, CancellationToken cancel = default)
    {
        string text = "";
        await foreach (GenerationUpdate update in session.SendAsync(message, cancellationToken: cancel))
        {
            text += update.Text;
        }

        return text;
    }
}
