namespace GemmaSharp.Model;

/// <summary>Observes an activation inside the model.</summary>
/// <param name="name">Name of the module as in the checkpoint, or of the value as in the decoder's description.</param>
/// <param name="shape">Sizes, outermost first.</param>
/// <param name="values">The values, row-major; valid during the call only.</param>
public delegate void TensorTap(string name, ReadOnlySpan<int> shape, ReadOnlySpan<float> values);
