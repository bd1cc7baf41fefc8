using System.Text.Json;
using GemmaSharp.Tokenization;
using GemmaSharp.Tokenization.Templates;

namespace GemmaSharp.Tests.Tokenization;

/// <summary>The template interpreter against Jinja as transformers sets it up.</summary>
public sealed class ChatTemplateTests
{
    public static TheoryData<string> Conversations() => [.. Names("cases.json")];

    public static TheoryData<string> Templates() => [.. Names("jinja_cases.json")];

    [Theory]
    [MemberData(nameof(Conversations))]
    public void Render_Conversation_EqualsReference(string name)
    {
        JsonElement all = Json("cases.json"), one = Find("cases.json", name);
        ChatTemplate template = ChatTemplate.Parse(File.ReadAllText(Fixture.Path("Templates", "chat_template.jinja")));
        string variables = $$"""
            {"bos_token":{{all.GetProperty("bos_token").GetRawText()}},"add_generation_prompt":{{one.GetProperty("add_generation_prompt").GetRawText()}},"messages":{{one.GetProperty("messages").GetRawText()}}}
            """;

        Check(one, () => template.Render(JsonDocument.Parse(variables).RootElement));
    }

    [Theory]
    [MemberData(nameof(Templates))]
    public void Render_Template_EqualsReference(string name)
    {
        JsonElement one = Find("jinja_cases.json", name);

        Check(one, () => ChatTemplate.Parse(one.GetProperty("template").GetString()!).Render(one.GetProperty("context")));
    }

    [Fact]
    public void Time_EveryFormat_EqualsReference()
    {
        JsonElement given = Json("jinja_cases.json").GetProperty("strftime_now");
        DateTime clock = given.GetProperty("clock").GetDateTime();

        foreach (JsonProperty format in given.GetProperty("formats").EnumerateObject())
        {
            Assert.Equal(format.Value.GetString(), TemplateGlobals.Time(format.Name, clock));
        }
    }

    [Theory]
    [InlineData("{{ 'x' * 10000000000 }}")]
    [InlineData("{{ range(10000000000) }}")]
    [InlineData("{{ 9 ** 999 }}")]
    [InlineData("{% for a in range(9999) %}{% for b in range(9999) %}x{% endfor %}{% endfor %}")]
    [InlineData("{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}")]
    public void Render_Mischief_EndsAtABound(string source)
    {
        ChatTemplate template = ChatTemplate.Parse(source);

        TemplateException error = Assert.Throws<TemplateException>(() => template.Render(JsonDocument.Parse("{}").RootElement));

        Assert.Equal(TemplateProblem.Limit, error.Problem);
    }

    [Theory]
    [InlineData("(")]
    [InlineData("[")]
    [InlineData("not ")]
    [InlineData("-")]
    [InlineData("{'a':")]
    public void Parse_DeepNesting_IsRefusedOrParsed(string piece)
    {
        const int times = 100_000;

        Assert.Throws<TemplateException>(() => ChatTemplate.Parse("{{ " + string.Concat(Enumerable.Repeat(piece, times))));
    }

    private static void Check(JsonElement one, Func<string> render)
    {
        if (one.TryGetProperty("output", out JsonElement output) && output.ValueKind == JsonValueKind.String)
        {
            Assert.Equal(output.GetString(), render());
        }
        else
        {
            Assert.Throws<TemplateException>(render);
        }
    }

    private static IEnumerable<string> Names(string file) => Json(file).GetProperty("cases").EnumerateArray().Select(one => one.GetProperty("name").GetString()!);

    private static JsonElement Find(string file, string name) =>
        Json(file).GetProperty("cases").EnumerateArray().First(one => one.GetProperty("name").GetString() == name);

    private static JsonElement Json(string file) => JsonDocument.Parse(File.ReadAllText(Fixture.Path("Templates", file))).RootElement;
}
