using System.Text.Json;
using GemmaSharp.Weights;

namespace GemmaSharp.Tests.Library;

/// <summary>Folders in older spellings, and folders with one file missing or spoilt.</summary>
public sealed class GemmaEngineTests
{
    private static readonly string[] Spoilt = ["", "[]", "{}", "null", "{\"chat_template\":5}", "{{ broken", "\0\0\0\0\0\0\0\0\0\0\0\0"];

    [Theory]
    [InlineData("config.json", true)]
    [InlineData("tokenizer.json", true)]
    [InlineData("model.safetensors", true)]
    [InlineData("generation_config.json", false)]
    [InlineData("preprocessor_config.json", false)]
    [InlineData("chat_template.jinja", false)]
    [InlineData("tokenizer_config.json", false)]
    public void Load_OneFileMissingOrSpoilt_LoadsOrOneLine(string name, bool needed)
    {
        using Copy copy = new(except: name);
        Exception? error = Refusal(copy.Folder);
        bool idsAreEnough = name == "tokenizer.json"; // without it ids can be worked on, but a spoilt one is refused
        Assert.Equal(needed && !idsAreEnough, error is not null);

        foreach (string content in Spoilt)
        {
            File.WriteAllText(Path.Combine(copy.Folder, name), content);
            error = Refusal(copy.Folder);
            Assert.True(!needed || error is not null, $"{name} = {content} loads");
        }
    }

    [Theory]
    [InlineData("chat_template.json", false)]
    [InlineData("tokenizer_config.json", false)]
    [InlineData("tokenizer_config.json", true)]
    public void Load_TemplateInAnOlderPlace_SamePrompt(string name, bool several)
    {
        using Copy copy = new(except: "chat_template.jinja");
        File.Delete(Path.Combine(copy.Folder, "tokenizer_config.json"));
        string template = File.ReadAllText(Fixture.Path("TinyMm", "chat_template.jinja"));
        object value = several ? new object[] { new { name = "tool_use", template = "{{ 1 }}" }, new { name = "default", template } } : template;
        File.WriteAllText(Path.Combine(copy.Folder, name), JsonSerializer.Serialize(new Dictionary<string, object> { ["chat_template"] = value }));
        using GemmaEngine today = GemmaEngine.Load(Fixture.Path("TinyMm")), older = GemmaEngine.Load(copy.Folder);
        ChatMessage[] messages = [ChatMessage.User("Describe a red circle.")];

        Assert.Equal(today.Prompts.Encode(messages), older.Prompts.Encode(messages));
    }

    [Fact]
    public async Task SendAsync_NoTemplate_SaysWhichFileIsMissing()
    {
        using Copy copy = new(except: "chat_template.jinja");
        File.Delete(Path.Combine(copy.Folder, "tokenizer_config.json"));
        using GemmaEngine engine = GemmaEngine.Load(copy.Folder);
        using ChatSession session = engine.CreateSession();

        InvalidDataException error = await Assert.ThrowsAsync<InvalidDataException>(async () =>
        {
            await foreach (GenerationUpdate update in session.SendAsync(ChatMessage.User("Hello")))
            {
                Assert.Null(update.FinishReason);
            }
        });

        Assert.Contains("chat_template.jinja", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_PartsOfTheConfigLeftOut_TextModelThatRefusesMedia()
    {
        using Copy copy = new(except: "config.json");
        string config = File.ReadAllText(Fixture.Path("TinyMm", "config.json"));
        using JsonDocument document = JsonDocument.Parse(config);
        Dictionary<string, JsonElement> fields = document.RootElement.EnumerateObject().Where(field => field.Name is not ("vision_config" or "audio_config")).ToDictionary(field => field.Name, field => field.Value);
        File.WriteAllText(Path.Combine(copy.Folder, "config.json"), JsonSerializer.Serialize(fields));
        using GemmaEngine engine = GemmaEngine.Load(copy.Folder);

        Assert.False(engine.Model.HasVision || engine.Model.HasAudio);
        Assert.NotEmpty(engine.Prompts.Encode([ChatMessage.User("Describe a red circle.")]));
        Assert.Throws<InvalidDataException>(() => engine.Media.Encode(ContentPart.Image(Fixture.Path("Image", "two-2x2.png"))));
    }

    // None, or one of the two kinds that a caller shows as one line.
    private static Exception? Refusal(string folder)
    {
        Exception? error = Record.Exception(() => GemmaEngine.Load(folder, new EngineOptions { Threads = 1 }).Dispose());
        Assert.True(error is null or InvalidDataException or WeightException, $"{error}");
        Assert.DoesNotContain('\n', error?.Message ?? "");
        return error;
    }

    /// <summary>The tiny model's folder without one file; the weights stay where they are.</summary>
    private sealed class Copy : IDisposable
    {
        public Copy(string except)
        {
            Folder = Directory.CreateTempSubdirectory().FullName;
            foreach (string file in Directory.GetFiles(Fixture.Path("TinyMm")))
            {
                string name = Path.GetFileName(file);
                if (name != except)
                {
                    File.CreateSymbolicLink(Path.Combine(Folder, name), file);
                }
            }
        }

        public string Folder { get; }

        public void Dispose() => Directory.Delete(Folder, recursive: true);
    }
}
