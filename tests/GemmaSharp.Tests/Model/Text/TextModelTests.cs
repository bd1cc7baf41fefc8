using System.Text.Json;
using System.Text.Json.Nodes;
using GemmaSharp.Model;
using GemmaSharp.Model.Config;

namespace GemmaSharp.Tests.Model.Text;

/// <summary>The decoder against transformers on a small random model: logits, greedy ids, activations, other configs.</summary>
public sealed class TextModelTests
{
    // The reference's own float32 noise is 4e-5 at most (tests/.../Fixtures/README.md).
    private const float LogitTolerance = 1e-4f;
    private const float TraceTolerance = 5e-5f;

    // One case is noisier in the reference itself (7.4e-5).
    private const float NoisyCaseTolerance = 2e-4f;

    private static string Folder => Fixture.Path("TinyText");

    public static TheoryData<string> CaseNames()
    {
        TheoryData<string> names = [];
        foreach (JsonElement one in Json("cases.json").GetProperty("cases").EnumerateArray())
        {
            names.Add(one.GetProperty("name").GetString()!);
        }

        return names;
    }

    public static TheoryData<string> OverrideNames()
    {
        TheoryData<string> names = [];
        foreach (JsonElement one in Json("overrides.json").GetProperty("cases").EnumerateArray())
        {
            names.Add(one.GetProperty("name").GetString()!);
        }

        return names;
    }

    [Theory]
    [MemberData(nameof(CaseNames))]
    public void Forward_OracleCase_EqualsReference(string name)
    {
        JsonElement one = Find("cases.json", name);
        using Tensors expected = Tensors.Open(Path.Combine(Folder, "cases.safetensors"));
        using TestModel model = TestModel.Load(Folder);
        int[] ids = Ints(one.GetProperty("ids"));

        Assert.InRange(Tensors.Distance(expected.Floats($"{name}.prefill_logits"), model.Logits(ids)), 0, LogitTolerance);
        int[] greedy = Ints(one.GetProperty("greedy"));
        (int[] found, float[] logits) = model.Greedy(ids, greedy.Length);
        Assert.Equal(greedy, found);
        Assert.InRange(Tensors.Distance(expected.Floats($"{name}.decode_logits"), logits), 0, LogitTolerance);
    }

    [Fact]
    public void Forward_OlderConfigSpelling_SameLogits()
    {
        int[] ids = Ints(Find("cases.json", "window_x3").GetProperty("ids"));
        using TestModel today = TestModel.Load(Folder);
        using TestModel older = TestModel.Load(Folder, ConfigJson.Read(Path.Combine(Folder, "config.legacy.json")));

        Assert.Equal(today.Logits(ids), older.Logits(ids));
    }

    [Fact]
    public void Forward_Trace_EqualsReference()
    {
        using Tensors expected = Tensors.Open(Path.Combine(Folder, "trace.safetensors"));
        using TestModel model = TestModel.Load(Folder);
        Dictionary<string, List<float>> taps = [];
        int[] ids = expected.Ints("input_ids");

        float[] logits = model.Logits(ids, tap: (name, _, values) =>
        {
            taps.TryAdd(name, []);
            taps[name].AddRange(values);
        });

        Assert.InRange(Tensors.Distance(expected.Floats("logits"), logits), 0, LogitTolerance);
        int compared = 0;
        foreach (string name in expected.Entries.Select(entry => entry.Name))
        {
            if (taps.TryGetValue(name, out List<float>? found))
            {
                float distance = Tensors.Distance(expected.Floats(name), found.ToArray());
                Assert.True(distance <= TraceTolerance, $"{name} is off by {distance}");
                compared++;
            }
        }

        const int tapsInTrace = 60;
        Assert.True(compared >= tapsInTrace, $"only {compared} activations compared");
    }

    [Theory]
    [MemberData(nameof(OverrideNames))]
    public void Forward_OverriddenConfig_EqualsReference(string name)
    {
        JsonNode config = JsonNode.Parse(File.ReadAllText(Path.Combine(Folder, "config.json")))!;
        foreach ((string field, JsonNode? value) in JsonNode.Parse(Find("overrides.json", name).GetProperty("override").GetRawText())!.AsObject())
        {
            config[field] = value?.DeepClone();
        }

        using JsonDocument document = JsonDocument.Parse(config.ToJsonString());
        using TestModel model = TestModel.Load(Folder, ConfigJson.Read(new JsonFields(document.RootElement, name)));
        using Tensors expected = Tensors.Open(Path.Combine(Folder, "overrides.safetensors"));
        JsonElement all = Json("overrides.json");
        float[] logits = model.Logits(Ints(all.GetProperty("ids")));
        int vocab = model.Model.Config.Text.VocabSize;

        float[] found = [.. Ints(all.GetProperty("positions")).SelectMany(position => logits.AsSpan(position * vocab, vocab).ToArray())];

        float tolerance = name == "active_idx_2" ? NoisyCaseTolerance : LogitTolerance;
        Assert.InRange(Tensors.Distance(expected.Floats($"{name}.logits"), found), 0, tolerance);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(5)]
    [InlineData(15)]
    public void Forward_InChunks_SameBitsAsAtOnce(int chunk)
    {
        int[] ids = Ints(Find("cases.json", "window_x3").GetProperty("ids"));
        using TestModel model = TestModel.Load(Folder);

        Assert.Equal(model.Logits(ids), model.Logits(ids, chunk));
    }

    [Fact]
    public void Forward_OneThreadOrThree_SameBits()
    {
        int[] ids = Ints(Find("cases.json", "window_x3").GetProperty("ids"));
        using TestModel one = TestModel.Load(Folder, threads: 1);
        using TestModel three = TestModel.Load(Folder, threads: 3);

        Assert.Equal(one.Logits(ids), three.Logits(ids));
    }

    [Fact]
    public void Forward_LastLogitsOnly_SameBitsAsAll()
    {
        int[] ids = Ints(Find("cases.json", "window_x3").GetProperty("ids"));
        using TestModel model = TestModel.Load(Folder);
        int vocab = model.Model.Config.Text.VocabSize;

        float[] last = model.Greedy(ids, 1).Logits;

        Assert.Equal(model.Logits(ids)[^vocab..], last);
    }

    [Fact]
    public void TryTruncate_ThenContinue_SameBitsAsFresh()
    {
        int[] ids = Ints(Find("cases.json", "window_x3").GetProperty("ids"));
        using TestModel model = TestModel.Load(Folder);
        int vocab = model.Model.Config.Text.VocabSize;
        using ModelState state = model.Model.CreateState(256);
        float[] first = new float[vocab], again = new float[vocab];
        model.Model.Forward(new ModelInput(ids), state, first);

        Assert.True(state.TryTruncate(ids.Length - 4));
        model.Model.Forward(new ModelInput(ids.AsSpan()[^4..]), state, again);

        Assert.Equal(first, again);
    }

    [Fact]
    public void Load_PublishedTensors_AllUsedOrKnown()
    {
        using TestModel model = TestModel.Load(Folder);

        Assert.Empty(model.Model.UnusedTensors);
    }

    private static JsonElement Json(string file) => JsonDocument.Parse(File.ReadAllText(Path.Combine(Folder, file))).RootElement;

    private static JsonElement Find(string file, string name) =>
        Json(file).GetProperty("cases").EnumerateArray().First(one => one.GetProperty("name").GetString() == name);

    private static int[] Ints(JsonElement array) => [.. array.EnumerateArray().Select(value => value.GetInt32())];
}
