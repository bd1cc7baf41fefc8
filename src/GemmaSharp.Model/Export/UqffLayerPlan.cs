using GemmaSharp.Kernels.Tensors;

namespace GemmaSharp.Model.Export;

/// <summary>A layer of a UQFF file to be made.</summary>
/// <param name="Key">The module's canonical name.</param>
/// <param name="Wanted">The type that the recipe gives it; its rows may be no whole blocks of it.</param>
/// <param name="Tensor">Its weight, of the type that it gets.</param>
public sealed record UqffLayerPlan(string Key, WeightType Wanted, ExportTensor Tensor)
{
    /// <summary>Whether the layer is to have blocks and none fit.</summary>
    public bool IsLeftAsItIs => WeightTypes.BlockLength(Wanted) > 1 && WeightTypes.BlockLength(Tensor.Type) == 1;
}
