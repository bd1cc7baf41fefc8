using GemmaSharp.Gateway.Balancing;
using GemmaSharp.Gateway.Replicas;

namespace GemmaSharp.Tests.Gateway.Balancing;

/// <summary>Which replica a request goes to.</summary>
public sealed class BalancerTests
{
    private const int Slack = 4;

    [Fact]
    public void Enter_WithoutConversation_TheIdlest()
    {
        (Balancer balancer, ReplicaSet replicas) = Create(3);

        for (int request = 0; request < 12; request++)
        {
            Assert.NotNull(balancer.Enter(null, []));
        }

        Assert.All(replicas.Current, one => Assert.Equal(4, one.Running));
    }

    [Fact]
    public void Enter_OneAfterTheOther_InTurn()
    {
        (Balancer balancer, ReplicaSet replicas) = Create(3);

        for (int request = 0; request < 12; request++)
        {
            balancer.Enter(null, [])!.Leave();
        }

        Assert.All(replicas.Current, one => Assert.Equal(4, one.Requests));
    }

    [Fact]
    public void Enter_Conversation_StaysUntilItsReplicaRunsTooMuchMore()
    {
        (Balancer balancer, _) = Create(3);
        const ulong conversation = 42;

        Replica[] chosen = [.. Enumerable.Range(0, Slack + 1).Select(_ => balancer.Enter(conversation, [])!)];

        Assert.Single(chosen[..Slack].Distinct());
        Assert.NotEqual(chosen[0], chosen[Slack]);
    }

    [Fact]
    public void Enter_ReplicaGone_OnlyItsConversationsMove()
    {
        (Balancer balancer, ReplicaSet replicas) = Create(3);
        Replica[] before = [.. Conversations(balancer)];
        Assert.Equal(3, before.Distinct().Count());
        Replica gone = replicas.Current[1];
        gone.Fail();

        Replica[] after = [.. Conversations(balancer)];

        Assert.DoesNotContain(gone, after);
        Assert.All(before.Zip(after).Where(pair => pair.First != gone), pair => Assert.Equal(pair.First, pair.Second));
    }

    [Fact]
    public void Enter_DrainingTriedOrNotReady_LeftOut()
    {
        (Balancer balancer, ReplicaSet replicas) = Create(3);
        replicas.Current[0].IsDraining = true;
        replicas.Current[1].See(false);

        Assert.Equal(replicas.Current[2], balancer.Enter(7, []));
        Assert.Null(balancer.Enter(7, [replicas.Current[2]]));
        Assert.False(balancer.HasAnother([replicas.Current[2]]));
    }

    [Fact]
    public async Task Enter_WhileOthersComeAndLeave_AlwaysOne()
    {
        const int requests = 100_000;
        (Balancer balancer, ReplicaSet replicas) = Create(1);
        Replica only = replicas.Current[0];
        using CancellationTokenSource end = new();
        Task others = Task.Run(() =>
        {
            while (!end.IsCancellationRequested)
            {
                only.Enter();
                only.Leave();
            }
        });

        for (int request = 0; request < requests; request++)
        {
            Assert.Same(only, balancer.Enter(null, []));
            only.Leave();
        }

        await end.CancelAsync();
        await others;
    }

    private static IEnumerable<Replica> Conversations(Balancer balancer)
    {
        for (ulong conversation = 1; conversation < 60; conversation++)
        {
            Replica one = balancer.Enter(conversation * 0x9E3779B97F4A7C15, [])!;
            one.Leave();
            yield return one;
        }
    }

    private static (Balancer Balancer, ReplicaSet Replicas) Create(int count)
    {
        ReplicaSet replicas = new();
        replicas.Change(Enumerable.Range(0, count).Select(number => new Uri($"http://10.0.0.{number}:8080")));
        foreach (Replica replica in replicas.Current)
        {
            replica.See(true);
        }

        return (new Balancer(replicas, Slack), replicas);
    }
}
