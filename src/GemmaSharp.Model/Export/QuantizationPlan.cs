using GemmaSharp.Kernels.Tensors;

namespace GemmaSharp.Model.Export;

/// <summary>
/// The types that a quantisation gives to a GGUF model's tensors, in the order that llama-quantize writes them in: by layer, then by name.
/// Norms, vectors, AltUp, LAuReL and the projection of per-layer inputs stay as they are.
/// </summary>
public sealed class QuantizationPlan
{
    private readonly QuantizationRecipe _recipe;
    private readonly QuantizationFacts _facts;
    private readonly bool _isTied;

    private QuantizationPlan(IReadOnlyList<ExportTensor> tensors, QuantizationRecipe recipe, QuantizationFacts facts)
    {
        _recipe = recipe;
        _facts = facts;
        _isTied = tensors.All(tensor => tensor.Name != "output.weight");
        ExportTensor[] before = [.. tensors.OrderBy(tensor => LayerOf(tensor.Name)).ThenBy(tensor => tensor.Name, StringComparer.Ordinal)];
        Dictionary<MatrixKind, int> counts = before.CountBy(tensor => KindOf(tensor.Name)).ToDictionary(), places = [];
        Before = before;
        After = [.. before.Select(tensor => !IsQuantized(tensor) ? tensor : tensor with { Type = TypeOf(tensor, Next(places, KindOf(tensor.Name)), counts) })];
    }

    /// <summary>The tensors as they are.</summary>
    public IReadOnlyList<ExportTensor> Before { get; }

    /// <summary>The tensors as they shall be, in the same order.</summary>
    public IReadOnlyList<ExportTensor> After { get; }

    /// <summary>Chooses.</summary>
    /// <param name="tensors">The model's tensors, under their names in GGUF.</param>
    /// <param name="recipe">The mix.</param>
    /// <param name="facts">What else counts.</param>
    /// <exception cref="ArgumentException">An override's pattern is in no matrix's name.</exception>
    public static QuantizationPlan Make(IReadOnlyList<ExportTensor> tensors, QuantizationRecipe recipe, QuantizationFacts facts)
    {
        foreach (TypeOverride wanted in facts.Overrides)
        {
            if (!tensors.Any(tensor => IsQuantized(tensor) && wanted.Pattern.IsMatch(tensor.Name)))
            {
                throw new ArgumentException($"'{wanted.Pattern}' is in no name of a matrix that is quantised; names like blk.0.attn_v.weight are expected");
            }
        }

        return new QuantizationPlan(tensors, recipe, facts);
    }

    /// <summary>Whether a tensor is one that quantisation covers.</summary>
    internal static bool IsQuantized(ExportTensor tensor) =>
        tensor.Shape.Take(tensor.Shape.Count - 1).Any(size => size > 1) && tensor.Name.EndsWith("weight", StringComparison.Ordinal) && !tensor.Name.EndsWith("_norm.weight", StringComparison.Ordinal)
        && !tensor.Name.Contains("altup", StringComparison.Ordinal) && !tensor.Name.Contains("laurel", StringComparison.Ordinal)
        && !tensor.Name.Contains("per_layer_model_proj", StringComparison.Ordinal);

    private WeightType TypeOf(ExportTensor tensor, int layer, Dictionary<MatrixKind, int> counts)
    {
        MatrixKind kind = KindOf(tensor.Name);
        TypeOverride? wanted = _facts.Overrides.LastOrDefault(one => one.Pattern.IsMatch(tensor.Name));
        WeightType type = wanted?.Type ?? _recipe.TypeOf(new MatrixPlace
        {
            Kind = kind, Columns = tensor.Shape[^1], Layer = layer, Layers = counts[kind], QueriesPerKey = _facts.QueriesPerKey, HasImportance = _facts.HasImportance,
        });
        return BlockFit.Choose(type, tensor.Shape[^1]) ?? WeightType.F16;
    }

    private MatrixKind KindOf(string name) => name switch
    {
        "output.weight" => MatrixKind.Head,
        "token_embd.weight" or "per_layer_token_embd.weight" => _isTied ? MatrixKind.Head : MatrixKind.Table,
        _ when name.EndsWith(".attn_v.weight", StringComparison.Ordinal) => MatrixKind.Value,
        _ when name.EndsWith(".attn_output.weight", StringComparison.Ordinal) => MatrixKind.Output,
        _ when name.EndsWith(".ffn_down.weight", StringComparison.Ordinal) => MatrixKind.Down,
        _ => MatrixKind.Other,
    };

    private static int LayerOf(string name) => name.Split('.') is ["blk", string number, ..] && int.TryParse(number, out int layer) ? layer : -1;

    private static int Next(Dictionary<MatrixKind, int> places, MatrixKind kind)
    {
        int place = places.GetValueOrDefault(kind);
        places[kind] = place + 1;
        return place;
    }
}

/// <summary>What a quantisation is to know beside the tensors.</summary>
public sealed record QuantizationFacts
{
    /// <summary>Query heads for each key and value head.</summary>
    public required int QueriesPerKey { get; init; }

    /// <summary>Whether calibration says how much columns count.</summary>
    public bool HasImportance { get; init; }

    /// <summary>Types wanted by name; the last that matches counts.</summary>
    public IReadOnlyList<TypeOverride> Overrides { get; init; } = [];
}
