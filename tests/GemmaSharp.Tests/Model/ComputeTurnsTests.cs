using GemmaSharp.Model;

namespace GemmaSharp.Tests.Model;

/// <summary>In which order those that compute come, and what a long one leaves to others.</summary>
public sealed class ComputeTurnsTests
{
    [Fact]
    public void Enter_SeveralWait_TheyComeInTheirOrder()
    {
        ComputeTurns turns = new(TimeSpan.Zero);
        List<int> order = [];
        turns.Enter();
        List<Thread> threads = [];
        for (int number = 0; number < 4; number++)
        {
            threads.Add(Queued(turns, number, order));
        }

        turns.Leave();
        threads.ForEach(thread => thread.Join());

        Assert.Equal([0, 1, 2, 3], order);
    }

    [Fact]
    public void Pause_ShareIsOver_AllThatWaitGoFirst()
    {
        ComputeTurns turns = new(TimeSpan.Zero);
        List<int> order = [];
        turns.Enter();
        turns.Pause(); // nobody waits: it goes on
        List<Thread> threads = [Queued(turns, 0, order), Queued(turns, 1, order)];

        turns.Pause();

        Assert.Equal([0, 1], order);
        turns.Leave();
        threads.ForEach(thread => thread.Join());
    }

    [Fact]
    public void Pause_ShareIsNotOver_TheyWait()
    {
        ComputeTurns turns = new(TimeSpan.FromHours(1));
        List<int> order = [];
        turns.Enter();
        Thread waiting = Queued(turns, 0, order);

        turns.Pause();

        Assert.Empty(order);
        turns.Leave();
        waiting.Join();
        Assert.Equal([0], order);
    }

    [Fact]
    public void Idle_TurnThatIsNoWork_GoesOn()
    {
        ComputeTurns turns = new(TimeSpan.Zero);
        TimeSpan idle = turns.Idle;

        using (turns.Enter(isWork: false))
        {
            Assert.Equal(TimeSpan.Zero, turns.Idle);
        }

        Assert.True(turns.Idle >= idle);
    }

    // A thread that waits for its turn when this returns.
    private static Thread Queued(ComputeTurns turns, int number, List<int> order)
    {
        int before = turns.Waiting;
        Thread thread = new(() =>
        {
            turns.Enter();
            order.Add(number);
            turns.Leave();
        });
        thread.Start();
        SpinWait.SpinUntil(() => turns.Waiting > before);
        return thread;
    }
}
