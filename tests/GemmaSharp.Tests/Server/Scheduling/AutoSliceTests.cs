using System.Text.Json;
using System.Text.Json.Nodes;
using GemmaSharp.Loading;
using GemmaSharp.Server.Scheduling;

namespace GemmaSharp.Tests.Server.Scheduling;

/// <summary>The slice that the load chooses: down while many wait, up when nobody does, and still in between.</summary>
public sealed class AutoSliceTests
{
    [Theory]
    [InlineData(0, 4, 3, 1)]
    [InlineData(2, 9, 3, 3)]
    [InlineData(3, 9, 3, 3)]
    [InlineData(1, 3, 3, 1)]
    [InlineData(1, 1, 0, 1)]
    [InlineData(1, 0, 3, 1)]
    [InlineData(1, 0, 2, 0)]
    [InlineData(3, 0, 0, 2)]
    [InlineData(0, 0, 0, 0)]
    public void Next_Load_OneRungOrNone(int rung, int waiting, int others, int expected) => Assert.Equal(expected, AutoSlice.Next(rung, rungs: 4, waiting, others, places: 4));

    [Fact]
    public void Next_OnePlaceAndNobodyElse_BackToTheWhole() => Assert.Equal(0, AutoSlice.Next(1, rungs: 4, waiting: 0, others: 0, places: 1));

    [Fact]
    public void Next_LoadThatSwingsALittle_StaysWhereItIs()
    {
        int rung = 2;
        foreach ((int waiting, int others) in new[] { (1, 3), (0, 3), (3, 3), (2, 3), (0, 3) })
        {
            rung = AutoSlice.Next(rung, rungs: 4, waiting, others, places: 4);
        }

        Assert.Equal(2, rung);
    }

    [Fact]
    public void Ladder_PocketModel_FromTheWholeToTheSmallest()
    {
        using GemmaEngine engine = GemmaEngine.Load(Fixture.Pocket());

        Assert.Equal(["whole", "Config for mixed width", "Config for half width", "Config for small model"], SliceLadder.Of(engine, 9));
        Assert.Equal(["whole", "Config for small model"], SliceLadder.Of(engine, 2));
    }

    [Fact]
    public async Task Post_ManyAtOnce_LaterOnesAreAnsweredBySmallerSlices()
    {
        await using ServerRun server = await ServerRun.StartAsync(options => options with { AutoSlice = true, Limits = options.Limits with { Concurrent = 1 } });
        JsonObject named = ServerRun.Chat("Count from 2 to 7.");
        named["slice"] = "Main model";

        string[] slices = await Task.WhenAll(Enumerable.Range(0, 8).Select(async _ => Slice(await server.AskAsync("/v1/chat/completions", ServerRun.Chat("Count from 2 to 7.")))));

        Assert.Contains(slices, slice => slice != "whole");
        for (int rung = 0; rung < 4; rung++)
        {
            await server.AskAsync("/v1/chat/completions", ServerRun.Chat("Count from 2 to 7."));
        }

        Assert.Equal("whole", Slice(await server.AskAsync("/v1/chat/completions", ServerRun.Chat("Count from 2 to 7."))));
        Assert.Equal("Main model", Slice(await server.AskAsync("/v1/chat/completions", named)));
    }

    private static string Slice(JsonElement answer) => answer.GetProperty("timings").GetProperty("slice").GetString()!;
}
