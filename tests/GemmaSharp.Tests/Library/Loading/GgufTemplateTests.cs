using GemmaSharp.Loading;
using GemmaSharp.Tests.Weights.Gguf;
using GemmaSharp.Weights;
using GemmaSharp.Weights.Gguf;

namespace GemmaSharp.Tests.Library.Loading;

/// <summary>Which of a GGUF's templates counts, and who writes the begin token: one of them, once.</summary>
public sealed class GgufTemplateTests : IDisposable
{
    private const string AddsBegin = "tokenizer.ggml.add_bos_token";
    private const string Template = "tokenizer.chat_template";
    private const string Silent = "{% for m in messages %}{{ m.content | trim }}{% endfor %}";
    private const int Begin = 2;
    private readonly string _folder = Directory.CreateTempSubdirectory("template").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("tokenizer.chat_template", "tokenizer.chat_template.tool_use")]
    [InlineData("tokenizer.chat_template.default", "tokenizer.chat_template.tool_use")]
    [InlineData("tokenizer.chat_template", "tokenizer.chat_template.default")]
    public void TemplateSource_Variants_TheDefault(string counts, string other)
    {
        GgufMetadata keys = Keys(new GgufBytes().Text(other, "other").Text(counts, "default").Texts("tokenizer.chat_templates", "tool_use"));

        Assert.Equal("default", GgufTokenizer.TemplateSource(keys));
    }

    [Fact]
    public void TemplateSource_VariantsWithoutADefault_None()
    {
        GgufMetadata keys = Keys(new GgufBytes().Text("tokenizer.chat_template.rag", "a").Text("tokenizer.chat_template.tool_use", "b"));

        Assert.Null(GgufTokenizer.TemplateSource(keys));
        Assert.Equal(["rag", "tool_use"], GgufTokenizer.TemplateVariants(keys));
    }

    [Fact]
    public void AddsBegin_NoSwitch_Refused() =>
        Assert.Throws<WeightException>(() => GgufTokenizer.AddsBegin(Keys(new GgufBytes().Text(AddsBegin, "yes"))));

    [Theory]
    [InlineData(null, true, 1)] // the file's own template writes the token
    [InlineData(null, false, 1)]
    [InlineData(Silent, true, 1)]
    [InlineData(Silent, null, 1)]
    [InlineData(Silent, false, 0)]
    [InlineData("{{ bos_token }}" + Silent, true, 1)]
    public void Encode_BeginToken_OnceWhereTemplateOrFileWantsIt(string? template, bool? adds, int expected)
    {
        using GemmaEngine engine = GemmaEngine.Load(Write(template, adds));

        int[] ids = engine.Prompts.Encode([ChatMessage.User("<bos> the weather")]);

        Assert.Equal(expected, ids.Count(id => id == Begin));
        Assert.Equal(expected == 1, ids[0] == Begin);
    }

    private static GgufMetadata Keys(GgufBytes file) => GgufReaderTests.Read(file.ToArray()).Metadata;

    private string Write(string? template, bool? adds)
    {
        using GgufFile file = GgufFile.Open(Fixture.Path("Gguf", "conv-q8_0.gguf"));
        OrderedDictionary<string, GgufValue> keys = new(file.Header.Keys.Select(key => KeyValuePair.Create(key, file.Header.Find(key)!)));
        keys.Remove(AddsBegin);
        if (adds is bool flag)
        {
            keys[AddsBegin] = GgufValues.Flag(flag);
        }

        if (template is not null)
        {
            keys[Template] = GgufValues.Text(template);
        }

        string path = Path.Combine(_folder, "model.gguf");
        GgufWriter.Write(path, keys, [.. file.Entries.Select(entry => GgufWriterTests.Copy(file, entry))], progress: null, CancellationToken.None);
        return path;
    }
}
