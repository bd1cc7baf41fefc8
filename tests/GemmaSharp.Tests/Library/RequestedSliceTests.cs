using System.Text;
using System.Text.Json;
using GemmaSharp.Benchmarking;

namespace GemmaSharp.Tests.Library;

/// <summary>Slices asked for by options: the expected answers of all of them from one loaded model, and conversations that change theirs.</summary>
public sealed class RequestedSliceTests
{
    private static readonly string[] Names = ["Main model", "Config for half width", "Config for small model", "Config for mixed width"];

    [Fact]
    public async Task SendAsync_EveryExpectedConversationOfEverySlice_SameIdsAndText()
    {
        using GemmaEngine engine = GemmaEngine.Load(Fixture.Pocket());
        List<string> wrong = [];
        foreach (JsonElement one in PocketCases.All())
        {
            foreach (string slice in Names)
            {
                using ChatSession session = engine.CreateSession();
                JsonElement[] turns = [.. one.GetProperty("turns").EnumerateArray()];
                for (int turn = 0; turn < turns.Length; turn++)
                {
                    JsonElement expected = one.GetProperty("answers").GetProperty(slice)[turn];
                    (string text, int[] ids, Usage usage) = await PocketCases.AskAsync(session, turns[turn], new GenerationOptions { Slice = slice });
                    bool same = text == expected.GetProperty("text").GetString()
                        && ids.SequenceEqual(expected.GetProperty("ids").EnumerateArray().Select(id => id.GetInt32())) && usage.Slice == slice;
                    wrong.AddRange(same ? [] : [$"{slice}: {turns[turn].GetProperty("text")}: {text}"]);
                }
            }
        }

        Assert.Empty(wrong);
    }

    [Fact]
    public async Task SendAsync_AnotherSliceWithinAConversation_AnswersAsIfItHadReadItAll()
    {
        using GemmaEngine engine = GemmaEngine.Load(Fixture.Pocket());
        string[] questions = ["Count from 2 to 7.", "Good morning!", "Name four colors as JSON.", "Count from 6 to 11."];
        string?[] slices = [null, "Config for small model", "ffn=256", "whole"];
        using ChatSession session = engine.CreateSession();
        List<ChatMessage> history = [];
        for (int turn = 0; turn < questions.Length; turn++)
        {
            GenerationOptions options = new() { Slice = slices[turn], Temperature = 0, MaxTokens = 30 };
            using ChatSession fresh = engine.CreateSession();
            history.ForEach(fresh.Add);

            (string text, Usage usage) = await AskAsync(session, questions[turn], options);

            Assert.Equal((await AskAsync(fresh, questions[turn], options)).Text, text);
            Assert.Equal(0, usage.CachedTokens);
            history.AddRange([ChatMessage.User(questions[turn]), ChatMessage.Assistant(text)]);
        }
    }

    [Fact]
    public async Task SendAsync_SessionsOfSeveralSlicesAtOnce_SameAnswersAsAlone()
    {
        using GemmaEngine engine = GemmaEngine.Load(Fixture.Pocket());
        const string question = "Count from 6 to 11.";
        JsonElement one = PocketCases.All().First(one => one.GetProperty("turns")[0].GetProperty("text").GetString() == question);

        string[] answers = await Task.WhenAll(Names.Select(async slice =>
        {
            using ChatSession session = engine.CreateSession();
            return (await AskAsync(session, question, new GenerationOptions { Slice = slice })).Text;
        }));

        Assert.Equal(Names.Select(slice => one.GetProperty("answers").GetProperty(slice)[0].GetProperty("text").GetString()), answers);
    }

    [Fact]
    public async Task SendAsync_UnknownSlice_SaidBeforeAnythingIsRead()
    {
        using GemmaEngine engine = GemmaEngine.Load(Fixture.Pocket());
        using ChatSession session = engine.CreateSession();

        InvalidDataException error = await Assert.ThrowsAsync<InvalidDataException>(async () =>
        {
            await foreach (GenerationUpdate update in session.SendAsync(ChatMessage.User("?", ContentPart.Image(Fixture.Path("Image", "hostile", "truncated.png"))), new GenerationOptions { Slice = "small" }))
            {
                Assert.Null(update.FinishReason);
            }
        });

        Assert.Contains("lists no slice 'small'", error.Message, StringComparison.Ordinal);
        Assert.Contains("'Config for small model'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void SliceNames_WholeModel_ItAndItsTable()
    {
        using GemmaEngine engine = GemmaEngine.Load(Fixture.Pocket());

        Assert.Equal(["whole", .. Names], engine.SliceNames);
    }

    [Fact]
    public void CheckSlice_ModelLoadedAsASlice_ItsOwnAlone()
    {
        using GemmaEngine engine = GemmaEngine.Load(Fixture.Pocket(), new EngineOptions { Slice = Names[2] });

        Assert.Equal(["whole"], engine.SliceNames);
        engine.CheckSlice(Names[2]);
        InvalidDataException error = Assert.Throws<InvalidDataException>(() => engine.CheckSlice(Names[1]));
        Assert.Equal($"slice '{Names[1]}': the model is loaded as its slice '{Names[2]}' and has no others; load the whole to ask for any", error.Message);
    }

    [Fact]
    public void TokenBytes_SliceInsideTheModel_ThoseOfTheModelLoadedAsIt()
    {
        using GemmaEngine whole = GemmaEngine.Load(Fixture.Pocket()), small = GemmaEngine.Load(Fixture.Pocket(), new EngineOptions { Slice = Names[2] });

        Assert.Equal(TokenBytes.Of(small, "whole"), TokenBytes.Of(whole, Names[2]));
        Assert.True(TokenBytes.Of(whole, Names[2]) < TokenBytes.Of(whole, "whole"));
    }

    private static async Task<(string Text, Usage Usage)> AskAsync(ChatSession session, string text, GenerationOptions options)
    {
        StringBuilder answer = new();
        Usage usage = new();
        await foreach (GenerationUpdate update in session.SendAsync(ChatMessage.User(text), options))
        {
            answer.Append(update.Text);
            usage = update.Usage ?? usage;
        }

        return (answer.ToString(), usage);
    }
}
