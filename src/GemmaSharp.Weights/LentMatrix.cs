using GemmaSharp.Kernels.Memory;
using GemmaSharp.Kernels.Tensors;

namespace GemmaSharp.Weights;

/// <summary>A matrix that is multiplied in place, and what it takes to pack it later.</summary>
/// <param name="Matrix">The matrix.</param>
/// <param name="Bytes">Where its weights lie; they are the matrix's.</param>
/// <param name="Read">Reads the same bytes by handle.</param>
public sealed record LentMatrix(WeightMatrix Matrix, MappedBytes Bytes, RowReader Read);
