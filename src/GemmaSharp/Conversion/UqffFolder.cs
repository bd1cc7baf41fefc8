using GemmaSharp.Model.Export;
using GemmaSharp.Weights;
using GemmaSharp.Weights.Uqff;

namespace GemmaSharp.Conversion;

/// <summary>Writes a UQFF model: shards, the files beside them, report and card.</summary>
internal static class UqffFolder
{
    /// <summary>Writes a folder that is not there yet; it appears when it is whole.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="plan">What it holds.</param>
    /// <param name="quantizer">Makes the rows of a tensor.</param>
    /// <param name="original">What it was made of, for the card.</param>
    /// <param name="progress">Takes bytes written.</param>
    /// <param name="cancel">Ends the work; nothing is left of it.</param>
    /// <exception cref="ArgumentException">Something is there already.</exception>
    /// <exception cref="WeightException">It cannot be written.</exception>
    public static void Write(string output, UqffPlan plan, Func<ExportTensor, RowQuantizer> quantizer, string original, IProgress<FileProgress>? progress, CancellationToken cancel)
    {
        UqffContents contents = plan.Export.Contents(plan.Recipe.Name, quantizer);
        NewFolder.Write(output, folder =>
        {
            IReadOnlyList<string> shards = UqffWriter.Write(folder, contents, FileProgress.To(progress), cancel);
            WriteAll(folder, plan.Beside);
            File.WriteAllBytes(Path.Combine(folder, UqffReport.FileName), UqffReport.Make(plan.Export, plan.Recipe, shards));
            File.WriteAllText(Path.Combine(folder, UqffCard.FileName), UqffCard.Make(original, plan.Recipe, shards));
        });
    }

    /// <summary>Writes files by name.</summary>
    public static void WriteAll(string folder, IReadOnlyDictionary<string, byte[]> files)
    {
        foreach ((string name, byte[] bytes) in files)
        {
            File.WriteAllBytes(Path.Combine(folder, name), bytes);
        }
    }
}

/// <summary>What a UQFF folder holds.</summary>
/// <param name="Export">Its tensors.</param>
/// <param name="Recipe">How they were made.</param>
/// <param name="Beside">Names and bytes of the other files.</param>
internal sealed record UqffPlan(UqffExport Export, UqffRecipe Recipe, IReadOnlyDictionary<string, byte[]> Beside);
