using System.Buffers.Binary;
using GemmaSharp.Kernels.Ops;
using GemmaSharp.Kernels.Tensors;
using GemmaSharp.Weights.Gguf;

namespace GemmaSharp.Weights.Importance;

/// <summary>The GGUF form: per matrix NAME two tensors, NAME.in_sum2 and NAME.counts.</summary>
internal static class ImportanceGguf
{
    private const string Kind = "imatrix";
    private const string SumsEnding = ".in_sum2";
    private const string CountsEnding = ".counts";
    private const string DatasetsKey = "imatrix.datasets";
    private const string ChunkCountKey = "imatrix.chunk_count";
    private const string ChunkSizeKey = "imatrix.chunk_size";

    public static ImportanceMatrix Read(string path)
    {
        using GgufFile file = GgufFile.Open(path);
        GgufMetadata keys = file.Header;
        if (keys.Text("general.type") is string kind && kind != Kind)
        {
            throw keys.Error($"general.type is '{kind}', {Kind} expected");
        }

        Dictionary<string, ImportanceEntry> entries = [];
        foreach (WeightEntry sums in file.Entries.Where(entry => entry.Name.EndsWith(SumsEnding, StringComparison.Ordinal)))
        {
            string name = sums.Name[..^SumsEnding.Length];
            WeightEntry counts = file.Find(name + CountsEnding) ?? throw keys.Error($"'{name}' has sums but no counts");
            float[] count = Values(file, counts);
            entries.Add(name, count.Length == 1
                ? ImportanceMatrix.Check(path, name, Values(file, sums), count[0])
                : throw keys.Error($"'{counts.Name}' has {count.Length} values, 1 expected"));
        }

        GgufValue? datasets = keys.Strings(DatasetsKey);
        return entries.Count == 0 ? throw keys.Error($"holds no importance of any matrix; tensors named *{SumsEnding} are expected") : new ImportanceMatrix(entries)
        {
            Datasets = [.. Enumerable.Range(0, datasets?.Count ?? 0).Select(index => datasets?.Text(index) ?? "")],
            ChunkCount = keys.Whole(ChunkCountKey, 0, int.MaxValue) ?? 0,
            ChunkSize = keys.Whole(ChunkSizeKey, 0, int.MaxValue) ?? 0,
        };
    }

    public static void Write(ImportanceMatrix matrix, string path)
    {
        OrderedDictionary<string, GgufValue> keys = new()
        {
            ["general.type"] = GgufValues.Text(Kind),
            [DatasetsKey] = GgufValues.Texts(matrix.Datasets),
            [ChunkCountKey] = GgufValues.U32(matrix.ChunkCount),
            [ChunkSizeKey] = GgufValues.U32(matrix.ChunkSize),
        };
        List<GgufTensor> tensors = [];
        foreach ((string name, ImportanceEntry entry) in matrix.Entries.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            tensors.Add(Tensor(name + SumsEnding, entry.Sums));
            tensors.Add(Tensor(name + CountsEnding, [(float)entry.Count]));
        }

        GgufWriter.Write(path, keys, tensors, progress: null, CancellationToken.None);
    }

    private static float[] Values(GgufFile file, WeightEntry entry)
    {
        if (entry.TypeName != nameof(WeightType.F32) || entry.ByteCount / sizeof(float) > Array.MaxLength)
        {
            throw file.Header.Error($"'{entry.Name}' has type {entry.TypeName} and {entry.ByteCount} bytes, a vector of F32 expected");
        }

        byte[] bytes = new byte[entry.ByteCount];
        float[] values = new float[bytes.Length / sizeof(float)];
        file.Read(entry, 0, bytes);
        FloatConvert.ToFloat(WeightType.F32, bytes, values);
        return values;
    }

    private static GgufTensor Tensor(string name, float[] values)
    {
        byte[] bytes = new byte[values.Length * sizeof(float)];
        for (int index = 0; index < values.Length; index++)
        {
            BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(index * sizeof(float)), values[index]);
        }

        return new GgufTensor(name, WeightType.F32, [values.Length], [bytes]);
    }
}
