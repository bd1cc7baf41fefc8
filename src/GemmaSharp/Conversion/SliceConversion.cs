using System.Globalization;
using GemmaSharp.Kernels.Tensors;
using GemmaSharp.Loading;
using GemmaSharp.Model.Export;
using GemmaSharp.Model.MatFormer;
using GemmaSharp.Weights;
using GemmaSharp.Weights.Gguf;
using GemmaSharp.Weights.Safetensors;
using GemmaSharp.Weights.Uqff;

namespace GemmaSharp.Conversion;

/// <summary>
/// Saves a slice as a model of its own: a GGUF file, a Hugging Face folder or a UQFF folder. Weights stay as they are stored, quantised ones
/// cut between blocks, so that the new model computes what the slice of the old one does.
/// </summary>
internal sealed class SliceConversion : IDisposable
{
    private readonly ModelPlace _place;
    private readonly ModelFiles _files;
    private readonly SlicePlan _slice;

    private SliceConversion(ModelPlace place, ModelFiles files, SlicePlan slice)
    {
        _place = place;
        _files = files;
        _slice = slice;
    }

    /// <summary>What is saved, in a few words.</summary>
    public string Description => string.Create(CultureInfo.InvariantCulture, $"{_slice.Config.LayerCount} layers, {LoadPlan.Named(_slice)}");

    /// <summary>Why llama.cpp cannot run it as a GGUF file; null where it can.</summary>
    public string? LlamaLimit => LlamaLimits.Reason(_slice.Config);

    /// <summary>Quantised matrices that a UQFF folder that was written has as floats: of the same values, but activations are not rounded for them.</summary>
    public int ExpandedCount { get; private set; }

    /// <summary>Reads the head of a model and cuts.</summary>
    /// <param name="input">A GGUF or UQFF file, or a folder that holds a model.</param>
    /// <param name="options">The slice: by name or in words, or by its effective parameters; the projector.</param>
    /// <exception cref="ArgumentException">The options name no slice, or contradict one another.</exception>
    /// <exception cref="InvalidDataException">No model there, no such slice, or one that does not fit.</exception>
    /// <exception cref="WeightException">The weights are malformed, or of a type that cannot be cut.</exception>
    public static SliceConversion Open(string input, EngineOptions options)
    {
        ModelPlace place = ModelFiles.Find(input);
        ModelFiles files = ModelFiles.Open(input, options.Projector);
        try
        {
            SlicePlan slice = ModelSlices.Find(input, files.Config.Text, options) ?? throw new ArgumentException($"{input}: which slice to save is not said; a name, words or a number of effective parameters expected");
            return new SliceConversion(place, files.Sliced(slice), slice);
        }
        catch
        {
            files.Dispose();
            throw;
        }
    }

    /// <summary>Writes a GGUF file, the decoder alone; it appears when it is whole.</summary>
    /// <exception cref="ArgumentException">The output is the input.</exception>
    /// <exception cref="WeightException">The weights do not fit the config or a GGUF file, or it cannot be written.</exception>
    public void WriteGguf(string output, IProgress<FileProgress>? progress, CancellationToken cancel)
    {
        if (_files.Source.Entries.Select(entry => entry.File).Distinct().Any(file => OutputPath.AreSame(file, output)))
        {
            throw new ArgumentException($"{output}: is the model that is sliced; name another file to write");
        }

        IReadOnlyList<ExportTensor> tensors = GgufTextExport.Tensors(_files.Source, _files.Config.Text, wanted: null);
        if (tensors.FirstOrDefault(tensor => !GgufWriter.CanHold(tensor.Type)) is ExportTensor foreign)
        {
            throw new WeightException($"{_files.Source.Path}: {foreign.Name} is {foreign.Type}, which a GGUF file does not hold");
        }

        OrderedDictionary<string, GgufValue> keys = _place.Format == WeightFormat.Gguf ? SlicedKeys.OfFile(_place.Path, _files.Config.Text, tensors) : SlicedKeys.OfFolder(Folder, _files.Config, tensors);
        GgufWriter.Write(output, keys, [.. tensors.Select(tensor => tensor.From(_files.Source))], FileProgress.To(progress), cancel);
    }

    /// <summary>Writes a Hugging Face folder, encoders included; it appears when it is whole.</summary>
    /// <exception cref="ArgumentException">The output is there already.</exception>
    /// <exception cref="WeightException">The weights are quantised, which such a folder cannot hold, or it cannot be written.</exception>
    public void WriteFolder(string output, IProgress<FileProgress>? progress, CancellationToken cancel)
    {
        if (_files.Source.Entries.FirstOrDefault(entry => TensorRecoding.TypeOf(entry) is not (WeightType.F32 or WeightType.F16 or WeightType.BF16)) is WeightEntry quantised)
        {
            throw new WeightException($"{quantised.File}: {quantised.Name} is {quantised.TypeName}, a Hugging Face folder holds floats only; save the slice as a GGUF file or UQFF folder");
        }

        IReadOnlyDictionary<string, byte[]> beside = _place.Format == WeightFormat.Gguf ? GgufSideFiles.Make(_files) : SlicedSideFiles.Read(Folder, _slice);
        StreamedTensor[] tensors = [.. _files.Source.Entries.Select(entry => StreamedTensor.Copy(_files.Source, entry, entry.Name))];
        long total = tensors.Sum(tensor => tensor.ByteCount);
        NewFolder.Write(output, folder =>
        {
            SafetensorsWriter.Write(
                Path.Combine(folder, "model.safetensors"), tensors, new Dictionary<string, string> { ["format"] = "pt" },
                (name, written) => progress?.Report(new FileProgress(name, long.Min(written, total), total)), cancel);
            UqffFolder.WriteAll(folder, beside);
        });
    }

    /// <summary>Writes a UQFF folder, encoders included; it appears when it is whole.</summary>
    /// <exception cref="ArgumentException">The output is there already.</exception>
    /// <exception cref="InvalidDataException">A file beside the model cannot be read or made.</exception>
    /// <exception cref="WeightException">A tensor is of a type that such a folder cannot hold, or the folder cannot be written.</exception>
    public void WriteUqff(string output, IProgress<FileProgress>? progress, CancellationToken cancel)
    {
        if (_files.Source.Entries.FirstOrDefault(entry => !UqffWriter.CanHold(TensorRecoding.TypeOf(entry))) is WeightEntry foreign)
        {
            throw new WeightException($"{foreign.File}: {foreign.Name} is {foreign.TypeName}, which is not written to UQFF; save the slice as a GGUF file");
        }

        UqffRecipe recipe = new(MainType()) { KeepsTypes = true };
        IReadOnlyDictionary<string, byte[]> beside = _place.Format == WeightFormat.Gguf ? GgufSideFiles.Make(_files) : UqffSideFiles.Read(Folder, config => SlicedConfig.Edit(config, _slice));
        UqffExport export = UqffExport.Make(_files.Source, _files.Config.Text, recipe);
        ExpandedCount = export.ExpandedCount;
        UqffFolder.Write(output, new UqffPlan(export, recipe, beside), _ => RowQuantizer.Plain, $"{ModelFiles.NameOf(_place.Path)}, {_slice.Name}", progress, cancel);
    }

    public void Dispose() => _files.Dispose();

    private string Folder => _place.Format == WeightFormat.Uqff ? UqffFile.FolderOf(_place.Path) : _place.Path;

    // The type that most bytes of matrices have; embedding tables often have a better one.
    private WeightType MainType() => _files.Source.Entries.Where(entry => entry.Shape.Count == 2 && !entry.Name.Contains(".embed_tokens", StringComparison.Ordinal))
        .GroupBy(TensorRecoding.TypeOf).MaxBy(type => type.Sum(entry => entry.ByteCount))?.Key ?? WeightType.F32;
}
