using System.Text.Json;
using GemmaSharp.Server.Tools;

namespace GemmaSharp.Tests.Server.Tools;

/// <summary>Answers that are calls, answers that only look like them, and how much of an unfinished one is certainly text.</summary>
public sealed class ToolSetTests
{
    private static readonly ToolDefinition Weather = new(
        "weather",
        "Tells the weather.",
        JsonDocument.Parse("""{"type": "object", "properties": {"city": {"type": "string"}, "days": {"type": ["integer", "null"]}}, "required": ["city"], "additionalProperties": false}""").RootElement,
        Strict: false);

    [Theory]
    [InlineData("json", """{"name": "weather", "parameters": {"city": "Rome"}}""", "")]
    [InlineData("json", "```json\n{\"name\": \"weather\", \"parameters\": {\"city\": \"Rome\"}}\n```", "")]
    [InlineData("json", """[{"name": "weather", "parameters": {"city": "Rome"}}]""", "")]
    [InlineData("hermes", "<tool_call>\n{\"name\": \"weather\", \"arguments\": {\"city\": \"Rome\"}}\n</tool_call>", "")]
    [InlineData("hermes", "I look. <tool_call>{\"name\": \"weather\", \"arguments\": {\"city\": \"Rome\"}}</tool_call>\n", "I look.")]
    public void Parse_Call_IsOne(string format, string answer, string text)
    {
        (string before, IReadOnlyList<(string Name, string Arguments)> calls) = Tools(format).Parse(answer);

        Assert.Equal(text, before);
        Assert.Equal([("weather", """{"city": "Rome"}""")], calls);
    }

    [Theory]
    [InlineData("json", "It rains.")]
    [InlineData("json", """Sure: {"name": "weather", "parameters": {"city": "Rome"}}""")]
    [InlineData("json", """{"name": "weather", "parameters": {"city": "Rome"}} and more""")]
    [InlineData("json", """{"name": "other", "parameters": {"city": "Rome"}}""")]
    [InlineData("json", """{"name": "weather", "parameters": {}}""")]
    [InlineData("json", """{"name": "weather", "parameters": {"city": 1}}""")]
    [InlineData("json", """{"name": "weather", "parameters": {"city": "Rome", "days": 1.5}}""")]
    [InlineData("json", """{"name": "weather", "parameters": {"city": "Rome", "more": 1}}""")]
    [InlineData("json", """{"name": "weather", "parameters": "city"}""")]
    [InlineData("json", """{"name": "weather", "arguments": {"city": "Rome"}}""")]
    [InlineData("json", """{"name": "weather", "parameters": {"city": "Rome"}, "id": 1}""")]
    [InlineData("json", """{"name": "weather", "name": "weather", "parameters": {"city": "Rome"}}""")]
    [InlineData("json", "[]")]
    [InlineData("json", """{"colors": ["red"]}""")]
    [InlineData("hermes", """{"name": "weather", "arguments": {"city": "Rome"}}""")]
    [InlineData("hermes", "<tool_call>{\"name\": \"weather\", \"arguments\": {\"city\": \"Rome\"}}")]
    [InlineData("hermes", "<tool_call>nothing</tool_call>")]
    public void Parse_AnythingElse_StaysText(string format, string answer) => Assert.Equal((answer, []), Tools(format).Parse(answer));

    [Theory]
    [InlineData("json")]
    [InlineData("hermes")]
    public void Parse_CallsAsTheyAreWritten_AreTheSameCalls(string format)
    {
        ToolCall[] calls = [new("a", "weather", """{"city":"Rome"}"""), new("b", "weather", """{"city":"Oslo","days":2}""")];

        IReadOnlyList<(string Name, string Arguments)> found = Tools(format).Parse(ToolFormat.Find(format).Write(calls)).Calls;

        Assert.Equal(calls.Select(call => (call.Name, call.Arguments)), found);
        Assert.Empty((Tools(format) with { Parallel = false }).Parse(ToolFormat.Find(format).Write(calls)).Calls);
    }

    [Theory]
    [InlineData("json", "  ", 0)]
    [InlineData("json", " {\"na", 0)]
    [InlineData("json", "```", 0)]
    [InlineData("json", "It {", 4)]
    [InlineData("hermes", "It rains", 8)]
    [InlineData("hermes", "It <tool", 3)]
    [InlineData("hermes", "It <b> <tool_call>{", 7)]
    public void Certain_UnfinishedAnswer_IsWhatNoCallCanHold(string format, string answer, int certain) => Assert.Equal(certain, ToolFormat.Find(format).Certain(answer));

    [Fact]
    public void Instructions_HoldNameDescriptionAndSchema()
    {
        string text = ToolFormat.Find("json").Instructions([Weather]);

        Assert.Contains("""{"name":"weather","description":"Tells the weather.","parameters":{"type":"object",""", text, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => ToolFormat.Find("xml"));
    }

    private static ToolSet Tools(string format) => new([Weather], ToolFormat.Find(format), Parallel: true);
}
