using System.Net;
using GemmaSharp.Server.Scheduling;

namespace GemmaSharp.Tests.Server.Scheduling;

/// <summary>In which order those who wait come.</summary>
public sealed class FairQueueTests
{
    private readonly FairQueue _queue = new();
    private readonly Dictionary<TaskCompletionSource, string> _names = [];

    [Fact]
    public void Take_OneAsker_OrderOfArrival() => Assert.Equal("a1 a2 a3", Order("a1 a2 a3"));

    [Fact]
    public void Take_OneAsksMuch_OthersTakeTurnsWithIt() => Assert.Equal("a1 b1 c1 a2 b2 a3 a4", Order("a1 a2 a3 a4 b1 b2 c1"));

    [Fact]
    public void Take_ComesBackAfterItsTurn_BehindThoseWhoWait()
    {
        Order("a1 a2 b1 c1", take: 3);
        Assert.Equal("a2 c2 b2", Order("c2 b2"));
    }

    [Fact]
    public void Remove_LeavesTheOrderOfOthers()
    {
        Add("a1 a2 b1 c1");
        TaskCompletionSource gone = _names.Single(one => one.Value == "b1").Key;

        Assert.True(_queue.Remove(Of("b1"), gone));
        Assert.False(_queue.Remove(Of("b1"), gone));
        Assert.Equal(3, _queue.Count);
        Assert.Equal("a1 c1 a2", Order(""));
        Assert.Null(_queue.Take());
        Assert.False(_queue.Remove(Of("a1"), _names.Single(one => one.Value == "a1").Key));
    }

    [Theory]
    [InlineData("a1 a2 a3 b1", 'b', "a3")] // who has most loses the newest
    [InlineData("a1 a2 a3 b1", 'c', "a3")]
    [InlineData("a1 b1 b2 b3 a2", 'c', "b3")]
    [InlineData("a1 a2 b1", 'b', null)] // b would have more than a then
    [InlineData("a1 a2 a3", 'a', null)]
    [InlineData("a1", 'b', null)]
    [InlineData("", 'b', null)]
    public void MakeRoom_WhoHasMost_LosesTheNewestToOneWhoHasLess(string waiting, char asker, string? expected)
    {
        Add(waiting);
        int count = _queue.Count;

        TaskCompletionSource? gone = _queue.MakeRoom(new Asker(asker));

        Assert.Equal(expected, gone is null ? null : _names[gone]);
        Assert.Equal(count - (gone is null ? 0 : 1), _queue.Count);
    }

    [Fact]
    public void Asker_KeyOrAddress_TellsAskersApart()
    {
        Assert.Equal(new Asker(1), new Asker(1));
        Assert.NotEqual(new Asker(1), new Asker(0));
        Assert.Equal(new Asker(0, IPAddress.Parse("10.0.0.1")), new Asker(0, IPAddress.Parse("10.0.0.1")));
        Assert.NotEqual(new Asker(0, IPAddress.Parse("10.0.0.1")), new Asker(0, IPAddress.Parse("10.0.0.2")));
    }

    private static Asker Of(string name) => new(name[0]);

    private void Add(string names)
    {
        foreach (string name in names.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            TaskCompletionSource one = new();
            _names.Add(one, name);
            _queue.Add(Of(name), one);
        }
    }

    private string Order(string names, int take = int.MaxValue)
    {
        Add(names);
        List<string> order = [];
        while (order.Count < take && _queue.Take() is TaskCompletionSource next)
        {
            order.Add(_names[next]);
        }

        return string.Join(' ', order);
    }
}
