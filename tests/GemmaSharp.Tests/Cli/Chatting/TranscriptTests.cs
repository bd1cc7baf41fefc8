using System.Text.Json;
using GemmaSharp.Cli.Chatting;

namespace GemmaSharp.Tests.Cli.Chatting;

/// <summary>A saved conversation, to read and as JSON.</summary>
public sealed class TranscriptTests
{
    private static readonly ChatMessage[] Conversation =
    [
        ChatMessage.System("Be \"brief\"."), ChatMessage.User("What is it?", ContentPart.Image(new byte[] { 1 }, "cat.png")), ChatMessage.Assistant("A cat, 猫."),
    ];

    [Fact]
    public void AsText_Conversation_ReadsAsOne() =>
        Assert.Equal("## system\n\nBe \"brief\".\n\n## user\n\n[image: cat.png]\nWhat is it?\n\n## assistant\n\nA cat, 猫.\n", Transcript.AsText(Conversation));

    [Fact]
    public void Save_JsonEnding_MessagesAsTemplatesTakeThem()
    {
        string file = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():N}.json");
        Transcript.Save(file, Conversation);
        JsonElement messages = JsonDocument.Parse(File.ReadAllText(file)).RootElement.GetProperty("messages");
        File.Delete(file);

        Assert.Equal(["system", "user", "assistant"], messages.EnumerateArray().Select(message => message.GetProperty("role").GetString()));
        JsonElement content = messages[1].GetProperty("content");
        Assert.Equal(("image", "cat.png"), (content[0].GetProperty("type").GetString(), content[0].GetProperty("path").GetString()));
        Assert.Equal(("text", "What is it?"), (content[1].GetProperty("type").GetString(), content[1].GetProperty("text").GetString()));
    }

    [Fact]
    public void Save_NoSuchFolder_NothingLeftBehind() =>
        Assert.Throws<DirectoryNotFoundException>(() => Transcript.Save(Path.Combine(Path.GetTempPath(), "gemmasharp-nowhere", "x.txt"), Conversation));
}
