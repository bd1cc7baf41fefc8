using System.Text.Json;
using System.Text.Json.Nodes;

namespace GemmaSharp.Tests.Server.Requests;

/// <summary>Answers that a request binds to a form: valid whatever the model would rather say.</summary>
public sealed class ConstraintTests
{
    private const string Chat = "/v1/chat/completions";

    private const string Schema = """
        {"type": "object", "properties": {"colour": {"$ref": "#/$defs/colour"}, "count": {"type": "integer", "minimum": 1, "maximum": 9}},
         "required": ["colour", "count"], "additionalProperties": false, "$defs": {"colour": {"enum": ["red", "dark blue"]}}}
        """;

    [Fact]
    public async Task Chat_JsonSchemaAboutAPicture_IsValid()
    {
        await using ServerRun server = await ServerRun.StartAsync();
        JsonObject chat = ServerRun.ChatAbout("scene-0.png", "Describe the image.");
        chat["response_format"] = new JsonObject
        {
            ["type"] = "json_schema", ["json_schema"] = new JsonObject { ["name"] = "scene", ["strict"] = true, ["schema"] = JsonNode.Parse(Schema) },
        };

        for (int seed = 0; seed < 3; seed++)
        {
            chat["seed"] = seed;
            chat["temperature"] = seed;
            JsonElement choice = (await server.AskAsync(Chat, chat)).GetProperty("choices")[0];
            AssertFits(JsonElement.Parse(choice.GetProperty("message").GetProperty("content").GetString() ?? ""));
            Assert.Equal("stop", choice.GetProperty("finish_reason").GetString());
        }
    }

    [Theory]
    [InlineData("regex", "[a-c]{3}-[0-9]", "^[a-c]{3}-[0-9]$")]
    [InlineData("grammar", "root ::= \"yes\" | \"no\" \" \"+ \"way\"", "^(yes|no +way)$")]
    public async Task Chat_RegexOrGrammar_IsOfItsForm(string field, string text, string expected)
    {
        await using ServerRun server = await ServerRun.StartAsync();
        JsonObject chat = ServerRun.Chat("What is it?");
        chat[field] = text;
        chat["max_tokens"] = 40;

        JsonElement completion = await server.AskAsync(Chat, chat);

        Assert.Matches(expected, completion.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString());
    }

    [Theory]
    [InlineData("\"required\"", false, "json")]
    [InlineData("\"required\"", true, "json")]
    [InlineData("\"required\"", false, "hermes")]
    [InlineData("\"required\"", true, "hermes")]
    [InlineData("""{"type": "function", "function": {"name": "paint"}}""", false, "json")]
    [InlineData("""{"type": "function", "function": {"name": "paint"}}""", true, "hermes")]
    public async Task Chat_CallThatMustCome_IsACallThatFitsTheTool(string choice, bool parallel, string format)
    {
        await using ServerRun server = await ServerRun.StartAsync(options => options with { ToolFormat = format });
        JsonObject chat = ServerRun.Chat("Paint it.");
        chat["tools"] = new JsonArray(
            new JsonObject { ["type"] = "function", ["function"] = new JsonObject { ["name"] = "paint", ["parameters"] = JsonNode.Parse(Schema) } });
        chat["tool_choice"] = JsonNode.Parse(choice);
        chat["parallel_tool_calls"] = parallel;

        JsonElement answer = (await server.AskAsync(Chat, chat)).GetProperty("choices")[0];

        Assert.Equal("tool_calls", answer.GetProperty("finish_reason").GetString());
        Assert.Equal(JsonValueKind.Null, answer.GetProperty("message").GetProperty("content").ValueKind);
        JsonElement call = answer.GetProperty("message").GetProperty("tool_calls")[0].GetProperty("function");
        Assert.Equal("paint", call.GetProperty("name").GetString());
        AssertFits(JsonElement.Parse(call.GetProperty("arguments").GetString() ?? ""));
    }

    [Theory]
    [InlineData("json")]
    [InlineData("hermes")]
    public async Task Chat_ToolsSchemaAndPicture_IsACallOrTheForm(string format)
    {
        await using ServerRun server = await ServerRun.StartAsync(options => options with { ToolFormat = format });
        JsonObject chat = ServerRun.ChatAbout("scene-0.png", "Describe the image.");
        chat["tools"] = new JsonArray(
            new JsonObject { ["type"] = "function", ["function"] = new JsonObject { ["name"] = "paint", ["parameters"] = JsonNode.Parse(Schema) } });
        chat["response_format"] = new JsonObject { ["type"] = "json_schema", ["json_schema"] = new JsonObject { ["name"] = "scene", ["schema"] = JsonNode.Parse(Schema) } };
        chat["parallel_tool_calls"] = false;
        for (int seed = 0; seed < 3; seed++)
        {
            (chat["seed"], chat["temperature"]) = (seed, 1 + seed);

            JsonElement answer = (await server.AskAsync(Chat, chat.DeepClone())).GetProperty("choices")[0], message = answer.GetProperty("message");

            string? json = answer.GetProperty("finish_reason").GetString() == "tool_calls"
                ? message.GetProperty("tool_calls")[0].GetProperty("function").GetProperty("arguments").GetString()
                : message.GetProperty("content").GetString();
            AssertFits(JsonElement.Parse(json ?? ""));
        }
    }

    [Theory]
    [InlineData("json")]
    [InlineData("hermes")]
    public async Task Chat_StreamedCallThatMustCome_ArrivesInPieces(string format)
    {
        await using ServerRun server = await ServerRun.StartAsync(options => options with { ToolFormat = format });
        JsonObject chat = ServerRun.Chat("Paint it.");
        chat["stream"] = true;
        chat["tools"] = new JsonArray(
            new JsonObject { ["type"] = "function", ["function"] = new JsonObject { ["name"] = "paint", ["parameters"] = JsonNode.Parse(Schema) } });
        chat["tool_choice"] = "required";

        IReadOnlyList<(string? Name, string Data)> events = await server.StreamAsync(Chat, chat);

        JsonElement[] deltas =
        [
            .. events.Where(one => one.Data.StartsWith('{')).Select(one => JsonElement.Parse(one.Data).GetProperty("choices"))
                .Where(choices => choices.GetArrayLength() > 0).Select(choices => choices[0].GetProperty("delta")),
        ];
        JsonElement call = deltas.Single(delta => delta.TryGetProperty("tool_calls", out _)).GetProperty("tool_calls")[0];
        Assert.Equal(0, call.GetProperty("index").GetInt32());
        AssertFits(JsonElement.Parse(call.GetProperty("function").GetProperty("arguments").GetString() ?? ""));
    }

    [Fact]
    public async Task Responses_Format_IsValid()
    {
        await using ServerRun server = await ServerRun.StartAsync();
        JsonElement response = await server.AskAsync("/v1/responses", new JsonObject
        {
            ["input"] = "What is it?",
            ["text"] = new JsonObject { ["format"] = new JsonObject { ["type"] = "json_schema", ["name"] = "scene", ["schema"] = JsonNode.Parse(Schema) } },
        });

        AssertFits(JsonElement.Parse(response.GetProperty("output")[0].GetProperty("content")[0].GetProperty("text").GetString() ?? ""));
    }

    [Fact]
    public async Task Messages_AnyTool_IsUsed()
    {
        await using ServerRun server = await ServerRun.StartAsync();
        JsonElement message = await server.AskAsync("/v1/messages", new JsonObject
        {
            ["model"] = ServerRun.Model,
            ["max_tokens"] = 200,
            ["messages"] = new JsonArray(new JsonObject { ["role"] = "user", ["content"] = "Paint it." }),
            ["tools"] = new JsonArray(new JsonObject { ["name"] = "paint", ["input_schema"] = JsonNode.Parse(Schema) }),
            ["tool_choice"] = new JsonObject { ["type"] = "any" },
        });

        Assert.Equal("tool_use", message.GetProperty("stop_reason").GetString());
        AssertFits(message.GetProperty("content").EnumerateArray().Single(block => block.GetProperty("type").GetString() == "tool_use").GetProperty("input"));
    }

    [Fact]
    public async Task Chat_SchemaBeyondTheLimit_IsRefused()
    {
        await using ServerRun server = await ServerRun.StartAsync(options => options with { Limits = options.Limits with { SchemaBytes = 20 } });

        JsonElement error = await server.RefusedAsync(Chat, """{"messages": [{"role": "user", "content": "x"}], "regex": "[a-z]{1,2}[0-9]{1,20}"}""");

        Assert.Equal("regex", error.GetProperty("param").GetString());
        Assert.Equal("too_many", error.GetProperty("code").GetString());
    }

    private static void AssertFits(JsonElement found)
    {
        Assert.Equal(["colour", "count"], found.EnumerateObject().Select(member => member.Name));
        Assert.Contains(found.GetProperty("colour").GetString(), (string[])["red", "dark blue"]);
        Assert.InRange(found.GetProperty("count").GetInt32(), 1, 9);
    }
}
