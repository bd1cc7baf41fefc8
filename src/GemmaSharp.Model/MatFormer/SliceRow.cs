namespace GemmaSharp.Model.MatFormer;

/// <summary>A slice of a table, read when it is asked for, so that a malformed one does not hide the others.</summary>
/// <param name="Name">What users call it.</param>
/// <param name="Place">Where in the file it stands: line 3.</param>
/// <param name="Read">Reads it, or says in an <see cref="InvalidDataException"/> what is wrong with it.</param>
internal sealed record SliceRow(string Name, string Place, Func<MatFormerSlice> Read);
