using System.Text.Json;
using System.Text.Json.Nodes;

namespace GemmaSharp.Tests.Server.Requests;

/// <summary>Slices asked for by request: their answers in every form of request, and names that are not there.</summary>
public sealed class SliceFieldTests
{
    private const string Question = "Count from 6 to 11.";

    private static readonly string[] All = ["Main model", "Config for half width", "Config for small model", "Config for mixed width"];

    public static TheoryData<string> Names => [.. All];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Post_SliceInEveryForm_ItsOwnAnswer(string slice)
    {
        await using ServerRun server = await ServerRun.StartAsync();
        string expected = Cli.PocketCases.Answer(Question, slice);
        JsonObject chat = ServerRun.Chat(Question);
        chat["slice"] = slice;
        JsonObject message = ServerRun.Chat(Question);
        (message["slice"], message["max_tokens"]) = (slice, 64);
        JsonObject response = new() { ["input"] = Question, ["slice"] = slice };

        JsonElement chatted = await server.AskAsync("/v1/chat/completions", chat), told = await server.AskAsync("/v1/messages", message);
        JsonElement responded = await server.AskAsync("/v1/responses", response);

        Assert.Equal(expected, chatted.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString());
        Assert.Equal(slice, chatted.GetProperty("timings").GetProperty("slice").GetString());
        Assert.Equal(expected, told.GetProperty("content")[0].GetProperty("text").GetString());
        Assert.Equal(slice, told.GetProperty("usage").GetProperty("slice").GetString());
        Assert.Equal(expected, responded.GetProperty("output")[0].GetProperty("content")[0].GetProperty("text").GetString());
        Assert.Equal(slice, responded.GetProperty("timings").GetProperty("slice").GetString());
    }

    [Fact]
    public async Task Post_SameConversationInAnotherSlice_NothingOfTheCacheIsUsed()
    {
        await using ServerRun server = await ServerRun.StartAsync();
        const string question = "What is it? No other test asks in these words.";
        JsonObject whole = ServerRun.Chat(question), half = ServerRun.Chat(question);
        half["slice"] = "Config for half width";
        await server.AskAsync("/v1/chat/completions", whole.DeepClone());

        JsonElement other = await server.AskAsync("/v1/chat/completions", half.DeepClone()), again = await server.AskAsync("/v1/chat/completions", half.DeepClone());

        Assert.InRange(Cached(other), 0, 4); // how every user's turn begins, which other tests may have left for this slice
        Assert.True(Cached(again) > 4);
    }

    [Fact]
    public async Task Post_NoSlice_NothingIsSaidOfOne()
    {
        await using ServerRun server = await ServerRun.StartAsync();

        JsonElement answer = await server.AskAsync("/v1/chat/completions", ServerRun.Chat(Question));

        Assert.False(answer.GetProperty("timings").TryGetProperty("slice", out _));
    }

    [Theory]
    [InlineData("Config for half widht", "lists no slice 'Config for half widht'; nearest is 'Config for half width'; it lists 'Main model', 'Config for half width'")]
    [InlineData("ffn=4096", "width 4096 at place 0, layer 0 of the model: 1 to 512 expected")]
    public async Task Post_SliceThatIsNotThere_NamesThoseThatAre(string slice, string expected)
    {
        await using ServerRun server = await ServerRun.StartAsync();
        JsonObject chat = ServerRun.Chat(Question);
        chat["slice"] = slice;

        JsonElement error = await server.RefusedAsync("/v1/chat/completions", chat.ToJsonString());

        Assert.Contains(expected, error.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Equal("slice", error.GetProperty("param").GetString());
        Assert.Equal("slice_not_found", error.GetProperty("code").GetString());
    }

    [Fact]
    public async Task Get_Model_ListsTheSlices()
    {
        await using ServerRun server = await ServerRun.StartAsync();

        JsonElement model = JsonDocument.Parse(await server.Client.GetStringAsync($"/v1/models/{ServerRun.Model}")).RootElement;

        Assert.Equal(["whole", .. All], model.GetProperty("slices").EnumerateArray().Select(name => name.GetString()));
    }

    private static int Cached(JsonElement answer) => answer.GetProperty("usage").GetProperty("prompt_tokens_details").GetProperty("cached_tokens").GetInt32();
}
