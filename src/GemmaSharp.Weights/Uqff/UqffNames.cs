using System.Globalization;

namespace GemmaSharp.Weights.Uqff;

/// <summary>Names of layers: keys of UQFF 1.x are canonical names already, those of 0.x are numbers (formats.md 14).</summary>
public static class UqffNames
{
    private const string Text = "model.language_model.";
    private const string Conformer = "model.audio_tower.conformer.";

    // Tables whose rows are looked up one by one; formats whose rows do not stand alone are of no use for them.
    private const string ReadByRows = "embed_tokens_per_layer";
    private static readonly string[] OfLayer =
        ["self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "self_attn.o_proj", "mlp.gate_proj", "mlp.up_proj", "mlp.down_proj"];

    private static readonly string[] OfConformer =
    [
        "attention.attn.q_proj", "attention.attn.k_proj", "attention.attn.v_proj", "attention.attn.relative_position_embedding.pos_proj", "attention.post",
        "ffw_layer_start.ffw_layer_1", "ffw_layer_start.ffw_layer_2", "ffw_layer_end.ffw_layer_1", "ffw_layer_end.ffw_layer_2",
        "lconv1d.linear_start", "lconv1d.linear_end",
    ];

    private static readonly string[] Last =
        ["model.audio_tower.subsample_conv_projection.input_proj_linear", "model.embed_vision.embedding_projection", "model.embed_audio.embedding_projection"];

    // An untied head is a layer too.
    private const string Head = "lm_head";
    private static readonly string[] OfText = ["embed_tokens", ReadByRows, "per_layer_model_projection"];
    private static readonly string[] Stacks = ["altup_projections.", "altup_unembed_projections."];

    /// <summary>Whether a module is kept as a layer, which may be quantised; the tensors of all others stand in the residual.</summary>
    /// <param name="key">The module's canonical name, that of its weight without the last part.</param>
    public static bool IsLayer(string key) => key == Head || Array.IndexOf(Last, key) >= 0
        || IsPart(key, Text + "layers.", OfLayer) || IsPart(key, Conformer, OfConformer)
        || Array.Exists(OfText, name => key == Text + name)
        || Array.Exists(Stacks, stack => key.StartsWith(Text + stack, StringComparison.Ordinal) && key.AsSpan(Text.Length + stack.Length).ContainsAnyExceptInRange('0', '9') is false);

    /// <summary>Whether the rows of that layer are looked up one by one.</summary>
    internal static bool IsReadByRows(string key) => key.EndsWith(ReadByRows, StringComparison.Ordinal);

    /// <summary>The keys of UQFF 0.x in the order of their numbers.</summary>
    /// <param name="residualNames">Names in the residual, which tell how many layers and conformer blocks there are.</param>
    /// <param name="count">How many numbers the shards hold.</param>
    /// <returns>Null where that many do not make a Gemma 3n.</returns>
    internal static IReadOnlyList<string>? OfOldNumbers(IEnumerable<string> residualNames, int count)
    {
        string[] names = [.. residualNames];
        int layers = Count(names, Text + "layers."), blocks = Count(names, Conformer);
        List<string> keys = [Head];
        keys.AddRange(Numbered(layers, layer => OfLayer.Select(part => $"{Text}layers.{layer}.{part}")));
        int projections = count - keys.Count - 1 - (blocks * OfConformer.Length) - Last.Length;
        if (layers == 0 || projections < 0 || projections % 2 != 0)
        {
            return null;
        }

        keys.AddRange(Numbered(projections / 2, index => [$"{Text}altup_projections.{index}"]));
        keys.AddRange(Numbered(projections / 2, index => [$"{Text}altup_unembed_projections.{index}"]));
        keys.Add(Text + "per_layer_model_projection");
        keys.AddRange(Numbered(blocks, block => OfConformer.Select(part => $"{Conformer}{block}.{part}")));
        keys.AddRange(Last);
        return keys;
    }

    // A prefix, a number, and one of the parts.
    private static bool IsPart(string key, string prefix, string[] parts) =>
        key.StartsWith(prefix, StringComparison.Ordinal) && key[prefix.Length..].Split('.', 2) is [string number, string part]
        && int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out _) && Array.IndexOf(parts, part) >= 0;

    private static IEnumerable<string> Numbered(int count, Func<string, IEnumerable<string>> names) =>
        Enumerable.Range(0, count).SelectMany(index => names(index.ToString(CultureInfo.InvariantCulture)));

    // How many different numbers follow a prefix.
    private static int Count(string[] names, string prefix) => names
        .Where(name => name.StartsWith(prefix, StringComparison.Ordinal))
        .Select(name => name[prefix.Length..].Split('.')[0])
        .Distinct()
        .Count();
}
