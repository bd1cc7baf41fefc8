using System.Text.Json;
using GemmaSharp.Model;

namespace GemmaSharp.Tests.Model;

/// <summary>The whole model on prompts with pictures and sound, from soft tokens of the reference's own pictures on.</summary>
public sealed class Gemma3nModelTests
{
    // Activation sparsity amplifies the last bits of the towers (README of the fixtures).
    private const float LogitTolerance = 1e-3f;

    private static JsonElement Trace => JsonDocument.Parse(File.ReadAllText(Fixture.Path("Merged", "trace.json"))).RootElement;

    [Theory]
    [InlineData("text-only")]
    [InlineData("image")]
    [InlineData("two-images")]
    [InlineData("image-audio")]
    [InlineData("audio")]
    public void Forward_RowsOfTheReference_SameLogitsAndGreedyIds(string name)
    {
        JsonElement one = Trace.GetProperty(name);
        int[] ids = [.. one.GetProperty("input_ids").EnumerateArray().Select(id => id.GetInt32())];
        int[] positions = [.. one.GetProperty("positions").EnumerateArray().Select(id => id.GetInt32())];
        using Tensors expected = Tensors.Open(Fixture.Path("Merged", "trace.safetensors"));
        using TestModel model = TestModel.Load(Fixture.Path("TinyMm"));
        float[]? soft = SoftRows(model, ids, expected.Floats($"{name}.inputs_embeds"), one.GetProperty("inputs_embeds_rows"));

        int vocab = model.Model.Config.Text.VocabSize;
        if (soft is not null || name == "text-only")
        {
            float[] logits = model.Logits(ids, soft: soft);
            float[] found = [.. positions.SelectMany(position => logits.AsSpan(position * vocab, vocab).ToArray())];
            Assert.InRange(Tensors.Distance(expected.Floats($"{name}.logits"), found), 0, LogitTolerance);
            int safe = one.GetProperty("greedy_safe").GetInt32();
            int[] greedy = [.. one.GetProperty("greedy").EnumerateArray().Select(id => id.GetInt32()).Take(safe)];
            Assert.Equal(greedy, model.Greedy(ids, safe, soft).Ids);
        }
    }

    [Fact]
    public void Forward_WrongNumberOfSoftRows_NamesBothNumbers()
    {
        using TestModel model = TestModel.Load(Fixture.Path("TinyMm"));
        int image = model.Model.Config.ImageTokenId;
        using ModelState state = model.Model.CreateState(64);

        ArgumentException error = Assert.Throws<ArgumentException>(() => model.Model.Forward(new ModelInput([2, image, image], new float[64]), state, []));

        Assert.Contains("2 placeholders", error.Message, StringComparison.Ordinal);
    }

    // Rows of the placeholders, where the trace holds the embeddings of all positions.
    private static float[]? SoftRows(TestModel model, int[] ids, float[] embeddings, JsonElement rows)
    {
        int hidden = model.Model.Config.Text.HiddenSize;
        if (rows.ValueKind != JsonValueKind.String || rows.GetString() != "all")
        {
            return null;
        }

        float[] soft = [.. ids.Select((id, at) => (id, at)).Where(one => model.Model.IsPlaceholder(one.id))
            .SelectMany(one => embeddings.AsSpan(one.at * hidden, hidden).ToArray())];
        return soft.Length == 0 ? null : soft;
    }
}
