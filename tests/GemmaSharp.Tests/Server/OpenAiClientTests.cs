#pragma warning disable OPENAI001 // sound parts are marked as experimental
using System.ClientModel;
using OpenAI;
using OpenAI.Audio;
using OpenAI.Chat;
using OpenAI.Models;
using OpenAI.Responses;

namespace GemmaSharp.Tests.Server;

/// <summary>OpenAI's own .NET client against the server, over a socket.</summary>
public sealed class OpenAiClientTests
{
    [Fact]
    public async Task Chat_TextPictureAndSound_Answers()
    {
        await using ServerRun server = await ServerRun.StartAsync();
        ChatClient client = Client(server).GetChatClient(ServerRun.Model);

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

    [Fact]
    public async Task ChatStream_EndsWithUsage()
    {
        await using ServerRun server = await ServerRun.StartAsync();
        List<StreamingChatCompletionUpdate> updates = [];

        await foreach (StreamingChatCompletionUpdate update in Client(server).GetChatClient(ServerRun.Model).CompleteChatStreamingAsync(new UserChatMessage("What can you do?")))
        {
            updates.Add(update);
        }

        Assert.Equal(
            "I can describe simple pictures, write down spoken numbers and answer questions about both.",
            string.Concat(updates.SelectMany(update => update.ContentUpdate).Select(part => part.Text)));
        Assert.Single(updates, update => update.FinishReason == ChatFinishReason.Stop);
        Assert.NotNull(updates[^1].Usage);
    }

    [Fact]
    public async Task Errors_AndModels_AreUnderstood()
    {
        await using ServerRun server = await ServerRun.StartAsync();
        OpenAIClient client = Client(server);

        OpenAIModelCollection models = await client.GetOpenAIModelClient().GetModelsAsync();
        ClientResultException error = await Assert.ThrowsAsync<ClientResultException>(() => client.GetChatClient("other").CompleteChatAsync(new UserChatMessage("x")));

        Assert.Equal(ServerRun.Model, models.Single().Id);
        Assert.Equal(404, error.Status);
        Assert.Contains("model_not_found", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Transcription_AndResponses_Answer()
    {
        await using ServerRun server = await ServerRun.StartAsync();
        OpenAIClient client = Client(server);

        AudioTranscription transcript = await client.GetAudioClient(ServerRun.Model).TranscribeAudioAsync(
            Fixture.Pocket("samples", "speech-1.wav"), new AudioTranscriptionOptions { ResponseFormat = AudioTranscriptionFormat.Verbose });
        ResponseResult response = await client.GetResponsesClient().CreateResponseAsync(ServerRun.Model, "Count from 2 to 7.");

        Assert.Equal("purple circle", transcript.Text);
        Assert.Equal("purple circle", Assert.Single(transcript.Segments).Text);
        Assert.Equal("2, 3, 4, 5, 6, 7, 8.", response.GetOutputText());
    }

    private static OpenAIClient Client(ServerRun server) => new(new ApiKeyCredential("none"), new OpenAIClientOptions { Endpoint = new Uri(server.Address, "v1") });
}
