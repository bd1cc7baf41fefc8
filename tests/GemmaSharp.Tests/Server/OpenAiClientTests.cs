#pragma warning disable OPENAI001 // sound parts are marked as experimental
using System.ClientModel;
using System.ClientModel.Primitives;
using System.Text.Json;
using OpenAI;
using OpenAI.Audio;
using OpenAI.Chat;
using OpenAI.Models;
using OpenAI.Responses;
using GemmaSharp.Tests.Cli;

namespace GemmaSharp.Tests.Server;

/// <summary>OpenAI's own .NET client against the server: without a socket, over one in the process of the tests, and with a server in a process of its own.</summary>
public sealed class OpenAiClientTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Chat_TextPictureAndSound_Answers(bool inMemory)
    {
        await using ServerRun server = await StartAsync(inMemory);
        ChatClient client = Client(server, inMemory).GetChatClient(ServerRun.Model);

        ChatCompletion text = await client.CompleteChatAsync(new UserChatMessage("Count from 2 to 7."));
        ChatCompletion picture = await client.CompleteChatAsync(new UserChatMessage(
            ChatMessageContentPart.CreateImagePart(BinaryData.FromBytes(File.ReadAllBytes(Fixture.Pocket("samples", "scene-0.png"))), "image/png"),
            ChatMessageContentPart.CreateTextPart("Describe the image.")));
        ChatCompletion sound = await client.CompleteChatAsync(new UserChatMessage(
            ChatMessageContentPart.CreateInputAudioPart(BinaryData.FromBytes(File.ReadAllBytes(Fixture.Pocket("samples", "speech-1.wav"))), ChatInputAudioFormat.Wav),
            ChatMessageContentPart.CreateTextPart("Transcribe the audio.")));

        Assert.Equal("2, 3, 4, 5, 6, 7, 8.", text.Content[0].Text);
        Assert.Equal("A small yellow cross at the bottom right.", picture.Content[0].Text);
        Assert.Equal("purple circle", sound.Content[0].Text);
        Assert.Equal(ChatFinishReason.Stop, sound.FinishReason);
        Assert.Equal(188, sound.Usage.InputTokenDetails.AudioTokenCount);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task ChatStream_EndsWithUsage(bool inMemory)
    {
        await using ServerRun server = await StartAsync(inMemory);
        List<StreamingChatCompletionUpdate> updates = [];

        await foreach (StreamingChatCompletionUpdate update in Client(server, inMemory).GetChatClient(ServerRun.Model).CompleteChatStreamingAsync(new UserChatMessage("What can you do?")))
        {
            updates.Add(update);
        }

        Assert.Equal(
            "I can describe simple pictures, write down spoken numbers and answer questions about both.",
            string.Concat(updates.SelectMany(update => update.ContentUpdate).Select(part => part.Text)));
        Assert.Single(updates, update => update.FinishReason == ChatFinishReason.Stop);
        Assert.NotNull(updates[^1].Usage);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Errors_AndModels_AreUnderstood(bool inMemory)
    {
        await using ServerRun server = await StartAsync(inMemory);
        OpenAIClient client = Client(server, inMemory);

        OpenAIModelCollection models = await client.GetOpenAIModelClient().GetModelsAsync();
        ClientResultException error = await Assert.ThrowsAsync<ClientResultException>(() => client.GetChatClient("other").CompleteChatAsync(new UserChatMessage("x")));

        ClientResultException wrong = await Assert.ThrowsAsync<ClientResultException>(
            () => client.GetChatClient(ServerRun.Model).CompleteChatAsync([new UserChatMessage("x")], new ChatCompletionOptions { Temperature = 1000 }));

        Assert.Equal(ServerRun.Model, models.Single().Id);
        Assert.Equal(400, wrong.Status);
        Assert.Contains("temperature", wrong.Message, StringComparison.Ordinal);
        Assert.Equal(404, error.Status);
        Assert.Contains("model_not_found", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Transcription_AndResponses_Answer(bool inMemory)
    {
        await using ServerRun server = await StartAsync(inMemory);
        OpenAIClient client = Client(server, inMemory);

        AudioTranscription transcript = await client.GetAudioClient(ServerRun.Model).TranscribeAudioAsync(
            Fixture.Pocket("samples", "speech-1.wav"), new AudioTranscriptionOptions { ResponseFormat = AudioTranscriptionFormat.Verbose });
        ResponseResult response = await client.GetResponsesClient().CreateResponseAsync(ServerRun.Model, "Count from 2 to 7.");

        Assert.Equal("purple circle", transcript.Text);
        Assert.Equal("purple circle", Assert.Single(transcript.Segments).Text);
        Assert.Equal("2, 3, 4, 5, 6, 7, 8.", response.GetOutputText());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task ToolsAndSchema_WholeAndStreamed_Fit(bool inMemory)
    {
        await using ServerRun server = await StartAsync(inMemory);
        ChatClient client = Client(server, inMemory).GetChatClient(ServerRun.Model);
        BinaryData schema = BinaryData.FromString("""{"type": "object", "properties": {"colour": {"enum": ["red", "blue"]}}, "required": ["colour"], "additionalProperties": false}""");
        ChatCompletionOptions calls = new() { ToolChoice = ChatToolChoice.CreateRequiredChoice(), AllowParallelToolCalls = false, Tools = { ChatTool.CreateFunctionTool("paint", "Paints.", schema) } };

        ChatCompletion called = await client.CompleteChatAsync([new UserChatMessage("Paint it.")], calls);
        ChatCompletion formed = await client.CompleteChatAsync(
            [new UserChatMessage("What is it?")], new ChatCompletionOptions { ResponseFormat = ChatResponseFormat.CreateJsonSchemaFormat("scene", schema, jsonSchemaIsStrict: true) });
        List<StreamingChatToolCallUpdate> pieces = [];
        await foreach (StreamingChatCompletionUpdate update in client.CompleteChatStreamingAsync([new UserChatMessage("Paint it.")], calls))
        {
            pieces.AddRange(update.ToolCallUpdates);
        }

        Assert.Equal(ChatFinishReason.ToolCalls, called.FinishReason);
        Assert.Equal("paint", called.ToolCalls[0].FunctionName);
        AssertFits(called.ToolCalls[0].FunctionArguments.ToString());
        AssertFits(formed.Content[0].Text);
        Assert.Equal("paint", pieces[0].FunctionName);
        AssertFits(string.Concat(pieces.Select(piece => piece.FunctionArgumentsUpdate?.ToString())));

        // The result of the call goes back as a tool's message.
        ChatCompletion after = await client.CompleteChatAsync([new UserChatMessage("Paint it."), new AssistantChatMessage(called), new ToolChatMessage(called.ToolCalls[0].Id, "done")]);
        Assert.NotEmpty(after.Content[0].Text);
    }

    [Fact]
    public async Task Chat_ServerInAProcessOfItsOwn_AnswersAndStreams()
    {
        using ServeProcess server = await ServeProcess.StartAsync(["--alias", ServerRun.Model]);
        ChatClient client = Client(server.Address).GetChatClient(ServerRun.Model);

        ChatCompletion whole = await client.CompleteChatAsync(new UserChatMessage("Count from 2 to 7."));
        List<string> pieces = [];
        await foreach (StreamingChatCompletionUpdate update in client.CompleteChatStreamingAsync(new UserChatMessage("Count from 2 to 7.")))
        {
            pieces.AddRange(update.ContentUpdate.Select(part => part.Text));
        }

        Assert.Equal("2, 3, 4, 5, 6, 7, 8.", whole.Content[0].Text);
        Assert.Equal(whole.Content[0].Text, string.Concat(pieces));
    }

    private static void AssertFits(string json) => Assert.Contains(JsonElement.Parse(json).GetProperty("colour").GetString(), (string[])["red", "blue"]);

    private static Task<ServerRun> StartAsync(bool inMemory) => ServerRun.StartAsync(options => options with { Transport = inMemory ? new MemoryTransport() : null });

    // Over a socket with the transport that the client has of itself.
    private static OpenAIClient Client(ServerRun server, bool inMemory) => inMemory
        ? new OpenAIClient(new ApiKeyCredential("none"), new OpenAIClientOptions { Endpoint = new Uri(server.Address, "v1"), Transport = new HttpClientPipelineTransport(server.Client) })
        : Client(server.Address);

    private static OpenAIClient Client(Uri server) => new(new ApiKeyCredential("none"), new OpenAIClientOptions { Endpoint = new Uri(server, "v1") });
}
